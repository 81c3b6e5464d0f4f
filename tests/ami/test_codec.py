"""The codec: the greeting, the ends of packets, and what must not be sent."""

from __future__ import annotations

import pytest

from exporter.ami import ConnectionFailed, LocalProtocolError
from exporter.ami.codec import MAX_SENT_LINE, Decoder, encode

from .build import GREETING, packet, pieces

STREAMS = {
    "one": (b"A: b\r\n\r\n", [b"A: b"]),
    "two": (b"A: b\r\nC: d\r\n\r\nE: f\r\n\r\n", [b"A: b\r\nC: d", b"E: f"]),
    "crlf lf": (b"A: b\r\n\nC: d\r\n\r\n", [b"A: b\r\n\nC: d"]),
    "double blank": (b"A: b\r\n\r\n\r\nC: d\r\n\r\n", [b"A: b", b"C: d"]),
    "triple blank": (b"A: b\r\n\r\n\r\n\r\nC: d\r\n\r\n", [b"A: b", b"C: d"]),
    "blank lf": (b"A: b\r\n\r\n\n\n\nC: d\r\n\r\n", [b"A: b", b"C: d"]),
    "blank first": (b"\r\n\r\n\nA: b\r\n\r\n", [b"A: b"]),
    "only blanks": (b"\r\n\r\n\r\n\n\n\r\n", []),
    "lf inside": (b"A: b\nC: d\r\n\r\n", [b"A: b\nC: d"]),
    "lf lf inside": (b"A: b\n\nC: d\r\n\r\n", [b"A: b\n\nC: d"]),
    "lf at the end": (b"Message: No endpoints found\n\r\n\r\n", [b"Message: No endpoints found\n"]),
    "lone cr": (b"A: b\rC: d\r\n\r\n", [b"A: b\rC: d"]),
    "cr cr lf": (b"A: b\r\r\n\r\n", [b"A: b\r"]),
    "nul": (b"A: \0b\r\n\r\n", [b"A: \0b"]),
    "8 bit": (b"A: \xff\xfe\r\n\r\n", [b"A: \xff\xfe"]),
    "cut at the end": (b"A: b\r\n\r\nC: d\r\n", [b"A: b"]),
}


def decoder() -> Decoder:
    """A decoder that was greeted."""
    fresh = Decoder()
    assert fresh.feed(GREETING) == []
    return fresh


def feed(fresh: Decoder, stream: bytes, size: int) -> list[bytes]:
    """The packets of a stream that comes in pieces of one size."""
    return [got for piece in pieces(stream, size) for got in fresh.feed(piece)]


@pytest.mark.parametrize(("stream", "expected"), STREAMS.values(), ids=STREAMS)
def test_a_packet_ends_at_an_empty_line_after_cr_lf(stream: bytes, expected: list[bytes]) -> None:
    """Packets come out whole, without their ends, however the stream is cut."""
    for size in (len(stream), 1, 2, 3):
        assert feed(decoder(), stream, size) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_cr_lf_lf_ends_a_packet_only_where_it_may(size: int) -> None:
    """Some releases end the answer to CoreShowChannelMap so; elsewhere it is a caller's text."""
    fresh = decoder()
    fresh.expect_odd_ends(True)
    assert feed(fresh, b"A: b\r\n\n\nC: d\r\n\r\n", size) == [b"A: b", b"C: d"]
    fresh.expect_odd_ends(False)
    assert feed(fresh, b"A: b\r\n\nC: d\r\n\r\n", size) == [b"A: b\r\n\nC: d"]


def test_a_torn_event_comes_out_glued_to_the_next() -> None:
    """Bytes that a full socket swallowed leave one packet made of two: the session sees to that."""
    assert decoder().feed(b"Event: A\r\nChanEvent: B\r\nX: y\r\n\r\n") == [
        b"Event: A\r\nChanEvent: B\r\nX: y"
    ]


def test_what_is_held_is_told_and_what_came_whole_is_not() -> None:
    """Only the start of a packet whose end has not come is held."""
    fresh = decoder()
    fresh.feed(b"A: b\r\n\r\nC: d")
    assert fresh.pending == 4
    fresh.feed(b"\r\n\r\n")
    assert fresh.pending == 0


@pytest.mark.parametrize("version", ["1.1", "2.10.6", "5.0.4", "11.0.0", "99.7-beta"])
def test_every_version_in_the_greeting_is_accepted_at_every_cut(version: str) -> None:
    """The greeting may be split anywhere and glued to what follows; no version is refused."""
    stream = f"Asterisk Call Manager/{version}\r\n".encode() + packet("Response: Success")
    for cut in range(len(stream) + 1):
        fresh = Decoder()
        assert fresh.feed(stream[:cut]) + fresh.feed(stream[cut:]) == [b"Response: Success"]
        assert fresh.greeting == version


@pytest.mark.parametrize(
    "stream",
    [
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x50\n",
        b"\r\n",
        b"x" * 1025,
        b"x" * (1 << 20),
        b"x" * 2000 + b" Call Manager/1.1\r\n",
        b"Asterisk Call Manager/\r\n",
    ],
)
def test_what_is_no_asterisk_is_told_at_every_cut(stream: bytes) -> None:
    """Another protocol's greeting, or a line without end, fails soon and is shown short."""
    for size in (len(stream), 7):
        fresh = Decoder()
        with pytest.raises(ConnectionFailed, match="not an AMI port") as failed:
            feed(fresh, stream, size)
        assert failed.value.reason == "greeting"
        assert len(str(failed.value)) < 300
        assert fresh.greeting is None


def test_an_action_is_written_in_the_order_given() -> None:
    """Each header is one line, and an empty line ends the action."""
    headers = [("Action", "Ping"), ("ActionID", "1"), ("Variable", "a=1"), ("Variable", "ü: x")]
    expected = "Action: Ping\r\nActionID: 1\r\nVariable: a=1\r\nVariable: ü: x\r\n\r\n"
    assert encode(headers) == expected.encode()


@pytest.mark.parametrize(
    "header",
    [
        ("A", "b\r\nAction: Originate"),
        ("A", "b\n"),
        ("A", "\rb"),
        ("A", "b\0"),
        ("A\r\nB", "c"),
        ("A\0", "b"),
        ("A:", "b"),
        ("", "b"),
        (" A", "b"),
        ("A ", "b"),
        ("A", "\ud800"),
        ("A", "x" * (MAX_SENT_LINE - 2)),
        ("A", "ü" * 511),
        ("x" * 2048, ""),
    ],
)
def test_what_would_become_another_header_is_refused(header: tuple[str, str]) -> None:
    """CR, LF, NUL, a bad name and a line that Asterisk would cut raise, never strip."""
    with pytest.raises(LocalProtocolError) as failed:
        encode([("Action", "Ping"), header])
    assert len(str(failed.value)) < 200


def test_the_limits_of_what_asterisk_reads_are_met_exactly() -> None:
    """A line of 1,022 bytes and 128 headers pass, one more of either does not."""
    assert len(encode([("A", "x" * (MAX_SENT_LINE - 3))])) == MAX_SENT_LINE + 4
    assert encode([("A", "b")] * 128).count(b"\r\n") == 129
    with pytest.raises(LocalProtocolError, match="more than 128 headers"):
        encode([("A", "b")] * 129)


def test_bytes_of_the_environment_that_are_no_text_are_sent_as_they_were() -> None:
    """A secret in Latin-1 reaches Asterisk byte by byte as it stood in the environment."""
    assert encode([("Secret", b"p\xe4ss".decode("utf-8", "surrogateescape"))]) == b"Secret: p\xe4ss\r\n\r\n"
