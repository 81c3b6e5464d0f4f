"""The prompt on a terminal: history, completion, and events above it while somebody types."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from exporter.ami import ActionFailed
from exporter.console.console import Console
from exporter.console.vocabulary import Vocabulary

_SECRET = re.compile(r"(?i)secret|passw|passphrase|token|md5|pin\b|key\b")


def talk(console: Console) -> None:
    """Let somebody type, until quit or Ctrl-D. The console is connected."""
    with suppress(ActionFailed):  # then there is less to complete
        console.learn()
    session: PromptSession[str] = PromptSession(
        f"{console.server.name}> ",
        history=history(os.environ),
        completer=_Completer(console.vocabulary),
        complete_while_typing=False,
    )
    # What is printed is escaped already, and has colours of its own.
    with patch_stdout(raw=True):
        while True:
            try:
                line = session.prompt().strip()
                if line:
                    console.do(line)
                    console.screen.flush()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return


class _Completer(Completer):
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002
        """Called by prompt_toolkit."""
        for text, length in self._vocabulary.completions(document.text_before_cursor.lstrip()):
            yield Completion(text, -length)


class _Lines(FileHistory):
    """Lines in a file, apart from those that may hold a secret or begin with a space."""

    def store_string(self, string: str) -> None:
        """Called by prompt_toolkit."""
        if keeps(string):
            with suppress(OSError):
                super().store_string(string)


def keeps(line: str) -> bool:
    """Whether a line goes into the history."""
    return not line.startswith(" ") and not _SECRET.search(line)


def history(environ: Mapping[str, str]) -> History:
    """The lines of before, from a file that only its owner can read; of this time, if there can be none."""
    state = environ.get("XDG_STATE_HOME") or "~/.local/state"
    try:
        folder = Path(state).expanduser() / "asterisk-ami-exporter"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / "history"
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600))
    except (OSError, RuntimeError):  # a disk that cannot be written; no home
        return InMemoryHistory()
    return _Lines(str(file))
