"""Writes the manual page from the parser: python -m deploy.manual > deploy/man/asterisk-ami-exporter.1."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from exporter import __version__
from exporter.cli import parser
from exporter.commands.arguments import PROGRAM

_FILES = {
    "/etc/asterisk-ami-exporter/config.yaml": "the configuration of the service of the Debian package",
    "/etc/asterisk-ami-exporter/secrets/": "the secrets that systemd hands to the service, a file each",
    "/etc/default/asterisk-ami-exporter": "its arguments",
}
_SIGNALS = {
    "SIGHUP": "reads the configuration again; a bad one changes nothing",
    "SIGTERM, SIGINT": "end it, logged off everywhere, with exit code 0",
}


def page() -> str:
    """The manual page as groff reads it."""
    top = parser()
    lines = [
        f'.TH {_escaped(PROGRAM.upper())} 1 "" "{_escaped(f"{PROGRAM} {__version__}")}" "User Commands"',
        ".SH NAME",
        f"{_escaped(PROGRAM)} \\- Prometheus exporter and monitor for Asterisk PBX, over AMI",
        ".SH SYNOPSIS",
        f".B {_escaped(PROGRAM)}",
        "[\\fIOPTION\\fR]...",
        ".br",
        f".B {_escaped(PROGRAM)}",
        "\\fICOMMAND\\fR [\\fIOPTION\\fR]...",
        ".SH DESCRIPTION",
        *_text(top.description),
        ".SH OPTIONS",
        *_options(top),
        ".SH COMMANDS",
    ]
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                lines += [f".SS {_escaped(name)}", *_text(command.description), *_options(command)]
                lines += _text(command.epilog)
    lines += [".SH SIGNALS", *_list(_SIGNALS), ".SH FILES", *_list(_FILES)]
    lines += [".SH EXIT STATUS", *_text("0 at the end, 1 if it cannot listen, 2 for a bad configuration.")]
    lines += [".SH EXAMPLES", *_text(top.epilog)]
    return "\n".join([*lines, ""])


def _options(of: argparse.ArgumentParser) -> Iterator[str]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
            continue
        words = ", ".join(f"\\fB{_escaped(word)}\\fR" for word in action.option_strings)
        if action.nargs != 0:
            value = action.metavar or ",".join(map(str, action.choices or ())) or action.dest
            words += "=" * bool(words) + f"\\fI{_escaped(str(value))}\\fR"
        yield from (".TP", words, *_lines(action.help or ""))


def _list(entries: dict[str, str]) -> Iterator[str]:
    for name, text in entries.items():
        yield from (".TP", f"\\fB{_escaped(name)}\\fR", *_lines(text))


def _text(text: str | None) -> Iterator[str]:
    """A text that keeps its lines."""
    yield from (".PP", ".nf", *_lines(text or ""), ".fi")


def _lines(text: str) -> list[str]:
    return [_escaped(line) if line else ".sp" for line in text.replace("%%", "%").splitlines()]


def _escaped(text: str) -> str:
    """Text that groff takes for nothing but text."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{text}" if text.startswith(".") else text


if __name__ == "__main__":
    sys.stdout.write(page())
