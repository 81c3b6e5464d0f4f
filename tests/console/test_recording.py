"""A session written to a file and read again."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from exporter.ami import Packets, Recorder
from exporter.ami.recording import read
from tests.ami.build import GREETING, event, packet

WIRE = Path(__file__).parent.parent / "wire"
SECRET = "s3cr3t-71"
END = "\r\n\r\n"


def action(name: str, number: int, *lines: str) -> bytes:
    """An action as the session writes it."""
    return packet(f"Action: {name}", f"ActionID: t0ken-{number}", *lines)


def record(path: Path) -> bytes:
    """A short session: a login, a forger, a command of an old Asterisk; what was written of it."""
    packets, recorder = Packets(), Recorder(path)
    text = (
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: t0ken-3\r\none\n\r\n\r\ntwo\n--END COMMAND--"
    )
    steps = (
        (False, GREETING),
        (True, action("Challenge", 1, "AuthType: MD5")),
        (False, packet("Response: Success", "ActionID: t0ken-1", f"Challenge: {SECRET}")),
        (True, action("Login", 2, "Username: exporter", f"Key: {SECRET}")),
        (False, packet("Response: Success", "ActionID: t0ken-2")),
        (False, event("AuthDetail", f"PasswordDigest: MD5:{SECRET}", f"ReceivedHash: {SECRET}")),
        (False, event("Newexten", "CallerIDNum: 12", "", "Action: Originate", "ActionID: 1-1")),
        (True, action("Command", 3, "Command: core show x")),
        (False, text + END.encode()),
        (True, action("Ping", 4)),
        (False, packet("Response: Success", "ActionID: t0ken-4", "Timestamp: 1795519607.5")),
    )
    for sent, data in steps:
        for each in [packets.sent(data)] if sent else packets.received(data):
            recorder.write(each, packets.greeting or "")
    recorder.close()
    return path.read_bytes()


@pytest.mark.parametrize("name", ["session.ami", "session.ami.gz"])
def test_what_was_written_is_read_again(tmp_path: Path, name: str) -> None:
    """Both directions, in their order; a caller who forges an action is not taken for us."""
    path = tmp_path / name
    written = record(path)
    plain = gzip.decompress(written) if name.endswith(".gz") else written
    assert SECRET.encode() not in plain
    assert b"exporter" not in plain
    assert path.stat().st_mode & 0o777 == 0o600
    recording = read(path)
    assert recording.greeting == "11.0.0"
    shown = [(each.sent, each.message.kind, each.message.name) for each in recording.packets]
    assert shown == [
        (True, "Action", "Challenge"),
        (False, "Response", "Success"),
        (True, "Action", "Login"),
        (False, "Response", "Success"),
        (False, "Event", "AuthDetail"),
        (False, "Event", "Newexten"),
        (False, "Action", "Originate"),
        (True, "Action", "Command"),
        (False, "Response", "Follows"),
        (True, "Action", "Ping"),
        (False, "Response", "Success"),
    ]
    assert recording.packets[8].message.output == ["one", "", "", "two"]
    assert [each.timestamp for each in recording.packets[-2:]] == [None, 1795519607.5]


@pytest.mark.parametrize(
    "path", sorted(WIRE.glob("*/*.ami")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_stream_of_what_asterisk_sent_is_a_recording(path: Path) -> None:
    """Its bytes are all there, and none of it was sent by us."""
    recording = read(path)
    assert not any(each.sent for each in recording.packets)
    _, _, stream = path.read_bytes().partition(b"\n")
    expected = re.sub(rb"\r\n\r\n[\r\n]+", b"\r\n\r\n", stream)
    assert b"".join(each.raw + b"\r\n\r\n" for each in recording.packets) == expected


@pytest.mark.parametrize(
    "data",
    [b"", b"Event: X\r\n\r\n", b"\x1f\x8b\x08\x00rubbish", gzip.compress(GREETING * 9, mtime=0)[:20]],
    ids=["nothing", "no greeting", "rubbish", "half"],
)
def test_what_is_no_recording_is_told(tmp_path: Path, data: bytes) -> None:
    """Nothing, something else, and half of a packed file."""
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises((ValueError, OSError), match=r"recording|compression"):
        read(path)
