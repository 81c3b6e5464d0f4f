"""The program: `asterisk-ami-exporter`, or `python -m exporter`."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """The command; returns its exit code."""
    # Whoever interrupts while Python still reads the modules is to see no traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from exporter.cli import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    return run()


if __name__ == "__main__":
    sys.exit(main())
