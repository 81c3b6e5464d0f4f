"""The lab by hand: python -m tests.lab install|start|stop|cli|calls 16|22 [...]."""

from __future__ import annotations

import argparse

from .asterisk import Asterisk
from .calls import Calls
from .ports import PAIRS, VERSIONS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("what", choices=["install", "start", "stop", "kill", "restart", "cli", "calls"])
    parser.add_argument("version", choices=VERSIONS)
    parser.add_argument("--pair", choices=PAIRS, default=PAIRS[0], help="which of the Asterisks")
    parser.add_argument("rest", nargs="*", help="the command for cli, the seconds for calls")
    options = parser.parse_args()
    asterisk = Asterisk(options.version, pair=options.pair)
    if options.what == "cli":
        print(asterisk.cli(" ".join(options.rest)), end="")
    elif options.what == "calls":
        with Calls(asterisk, float(options.rest[0]) if options.rest else 60) as calls:
            calls.wait()
    else:
        getattr(asterisk, options.what)()


if __name__ == "__main__":
    main()
