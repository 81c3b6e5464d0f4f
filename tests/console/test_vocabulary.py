"""How a line may go on, and which lines the history keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.history import InMemoryHistory

from exporter.ami import Message
from exporter.console.prompt import history
from exporter.console.vocabulary import Vocabulary

OFFERED = b"\r\n".join(
    [
        b"Response: Success",
        b"ActionID: 1",
        b"QueueStatus: Show queue status.  (Priv: <none>)",
        b"CoreStatus: Show PBX core status variables.  (Priv: system,reporting,all)",
        b"Originate: Originate a call.  (Priv: originate,all)",
        b"Command: Execute Asterisk CLI Command.  (Priv: command,all)",
    ]
)
HELP = [
    "core restart now               -- Restart Asterisk immediately",
    "core show channels [concise|verbose|count] -- Display information on channels",
    "core show uptime [seconds]     -- Show uptime information",
]


def vocabulary(*, everything: bool = False) -> Vocabulary:
    """What is known once a server was asked."""
    known = Vocabulary(everything=everything)
    known.learn_actions(Message(OFFERED))
    known.learn_commands(HELP)
    return known


def after(line: str, *, everything: bool = False) -> set[str]:
    """The lines that it may become."""
    found = vocabulary(everything=everything).completions(line)
    return {line[: len(line) - length] + text for text, length in found}


def test_actions_headers_and_commands_are_completed() -> None:
    """From their beginnings, in any case; headers that stand already are left out."""
    assert after("corest") == {"CoreStatus"}
    assert after("Q") == {"quit", "QueueStatus"}
    assert after("QueueStatus ") == {"QueueStatus Queue=", "QueueStatus Member="}
    assert after("QueueStatus Queue=a m") == {"QueueStatus Queue=a Member="}
    assert after("core show ch") == {
        "core show channels",
        "core show channels concise",
        "core show channels count",
        "core show channels verbose",
    }
    assert after("help Core") == {"help CoreStatus", *(f"help {line}" for line in after("core "))}
    assert after("events o") == {"events on", "events off"} | {
        line for line in after("events o") if line.startswith("events on ")
    }
    assert "events on QueueCaller.*" in after("events on Queue")


def test_what_would_be_refused_is_not_completed() -> None:
    """Only with --allow-writes are there actions and commands that change something."""
    assert after("Orig") == after("core res") == set()
    assert after("Orig", everything=True) == {"Originate"}
    assert after("core res", everything=True) == {"core restart now"}


def test_who_may_run_no_commands_is_offered_none() -> None:
    """ListCommands names only what the user has a right to."""
    known = Vocabulary(everything=True)
    assert known.commands
    known.learn_actions(Message(b"Response: Success\r\nPing: Keepalive command.  (Priv: <none>)"))
    assert list(known.completions("core sh")) == []


def test_help_teaches_the_headers_of_an_action() -> None:
    """The syntax that Asterisk prints names them all."""
    known = vocabulary(everything=True)
    known.learn_headers(
        "Originate", ["[Syntax]", "[ActionID:] <value>", "Channel: <value>", "[Early:] <value>"]
    )
    assert known.headers("originate") == ["Channel", "Early"]
    assert known.explain("originate") == ["Originate: Originate a call.", "  Channel=", "  Early="]
    assert "not offered here" in known.explain("Nonsense")[0]


def test_the_history_is_private_and_without_secrets(tmp_path: Path) -> None:
    """Only its owner may read it; lines with a secret, or behind a space, are not written."""
    kept = history({"XDG_STATE_HOME": str(tmp_path)})
    for line in ("CoreStatus", "Login Username=a Secret=s3", "PJSIPNotify X-Password=s3", " Ping s3"):
        kept.append_string(line)
    file = tmp_path / "asterisk-ami-exporter/history"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "CoreStatus" in file.read_text()
    assert "s3" not in file.read_text()


@pytest.mark.parametrize("state", ["/dev/null/no", "/proc/none"])
def test_a_history_that_cannot_be_written_lasts_as_long_as_the_prompt(state: str) -> None:
    """A home that is not there, or is read-only, is no reason to fail."""
    assert isinstance(history({"XDG_STATE_HOME": state}), InMemoryHistory)
