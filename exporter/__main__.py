"""`python -m exporter` is the command asterisk-ami-exporter."""

import sys

from exporter.cli import main

sys.exit(main())
