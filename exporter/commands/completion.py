"""completion: prints what lets a shell complete the program's commands, options and their values."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from exporter.commands.arguments import OK, PROGRAM, Command

_FUNCTION = "_" + PROGRAM.replace("-", "_")
_BASH = """\
{function}() {{
  local word before command= words each
  word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  # bash takes = for a word of its own
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
  for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$each" in {names}) command=$each; break ;; esac
  done
  case "$command $before" in
{values}
  esac
  case "$command" in
{words}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F {function} {program}
"""
_ZSH = """\
#compdef {program}
{function}() {{
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
{top}
    '1:command:(({names}))' '*::argument:->rest'
  [[ $state = rest ]] && case $line[1] in
{commands}
  esac
}}
if [ "$funcstack[1]" = {function} ]; then {function} "$@"; else compdef {function} {program}; fi
"""


@dataclass(frozen=True)
class _Option:
    """An option, what it is for, and what stands after it.

    Attributes:
        values: what may stand after it; None: nothing does; empty: what cannot be listed.
    """

    words: tuple[str, ...]
    help: str
    values: tuple[str, ...] | None
    file: bool


@dataclass(frozen=True)
class _Words:
    """What may follow a command, or the program itself."""

    help: str
    options: tuple[_Option, ...]
    alone: tuple[str, ...]  # words that are no options


def _words(parser: argparse.ArgumentParser, text: str = "") -> _Words:
    options, alone = [], list[str]()
    for action in parser._actions:
        values = None if action.nargs == 0 else tuple(map(str, action.choices or ()))
        if action.option_strings:
            file = action.type is Path
            options.append(_Option(tuple(action.option_strings), action.help or "", values, file))
        else:
            alone += values or ()
    return _Words(text, tuple(options), tuple(alone))


def _quoted(text: str, special: str, quote: str) -> str:
    """A text inside single quotes, with a backslash before what is special there.

    Args:
        quote: what stands for a single quote.
    """
    return re.sub(f"[{special}]", r"\\\g<0>", text).replace("'", quote)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, _Words]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {each.dest: each.help for each in action._choices_actions}
            yield from ((name, _words(below, helps[name] or "")) for name, below in action.choices.items())


def bash(parser: argparse.ArgumentParser) -> str:
    """For bash: one case for the value of an option, one for the words of a command."""
    commands, values, words = dict(_commands(parser)), [], []
    for name, known in [*commands.items(), ("", _words(parser))]:
        for each in known.options:
            if each.values is not None:
                found = "-f" if each.file else f'-W "{" ".join(each.values)}"'
                before = "|".join(f'"{name} {word}"' for word in each.words)
                values.append(f'    {before}) COMPREPLY=($(compgen {found} -- "$word")); return ;;')
        listed = " ".join([*known.alone, *(word for each in known.options for word in each.words)])
        words.append(f'    "{name}") words="{listed}" ;;')
    return _BASH.format(
        function=_FUNCTION,
        program=PROGRAM,
        names="|".join(commands),
        values="\n".join(values),
        words="\n".join(words),
    )


def zsh(parser: argparse.ArgumentParser) -> str:
    """For zsh, with what each word is for."""

    def text(plain: str) -> str:
        return _quoted(plain, r"\[\]:\"\\", r"'\''")

    def options(known: _Words) -> list[str]:
        specs = []
        for each in known.options:
            after = (
                "" if each.values is None else ":value:" + ("_files" if each.file else _listed(each.values))
            )
            long = "=" if after else ""
            specs += [
                f"'{word}{long * word.startswith('--')}[{text(each.help)}]{after}'" for word in each.words
            ]
        return specs

    commands = dict(_commands(parser))
    bodies = []
    for name, known in commands.items():
        alone = [f"'*:argument:{_listed(known.alone)}'"] if known.alone else []
        bodies.append(f"    {name}) _arguments {' '.join([*options(known), *alone])} ;;")
    return _ZSH.format(
        function=_FUNCTION,
        program=PROGRAM,
        top="\n".join(f"    {each} \\" for each in options(_words(parser))),
        names=" ".join(f'{name}\\:"{text(known.help)}"' for name, known in commands.items()),
        commands="\n".join(bodies),
    )


def _listed(values: tuple[str, ...]) -> str:
    return f"({' '.join(values)})" if values else " "


def fish(parser: argparse.ArgumentParser) -> str:
    """For fish, with what each word is for."""

    def text(plain: str) -> str:
        return _quoted(plain, r"\\", r"\'")

    lines = [f"complete -c {PROGRAM} -f"]
    for name, known in [("", _words(parser)), *_commands(parser)]:
        where = f"__fish_seen_subcommand_from {name}" if name else "__fish_use_subcommand"
        first = f"complete -c {PROGRAM} -n '{where}'"
        if name:
            lines.append(f"complete -c {PROGRAM} -n __fish_use_subcommand -a {name} -d '{text(known.help)}'")
            lines += [f"{first} -a {word}" for word in known.alone]
        for each in known.options:
            names = " ".join(
                f"-{'l' if word.startswith('--') else 's'} {word.lstrip('-')}" for word in each.words
            )
            after = (
                "" if each.values is None else " -r -F" if each.file else f" -x -a '{' '.join(each.values)}'"
            )
            lines.append(f"{first} {names}{after} -d '{text(each.help)}'")
    return "\n".join([*lines, ""])


SHELLS: dict[str, Callable[[argparse.ArgumentParser], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(SHELLS), help="the shell")


def _run(options: argparse.Namespace) -> int:
    print(SHELLS[options.shell](options.parser), end="")
    return OK


COMMAND = Command(
    "completion",
    "Print what lets bash, zsh or fish complete commands and options.\n"
    f"In .bashrc or .zshrc: source <({PROGRAM} completion bash), or zsh there.\n"
    f"For fish: {PROGRAM} completion fish > ~/.config/fish/completions/{PROGRAM}.fish",
    _run,
    _add,
    "bash",
    config=False,
)
