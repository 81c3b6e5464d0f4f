"""The codec under any stream, cut anywhere, and its bounds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.ami import ConnectionFailed, codec
from exporter.ami.codec import MAX_HEADERS, MAX_LINE, MAX_MESSAGE, OVERSIZE, Decoder

from .build import GREETING, packet, pieces

ENDS = [b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\r\n\n", b"\r\n\r"]
LINES = [b"A: b", b"Event: X\r\n", b"ActionID: 1\r\n", b"\0", b"\xc3", b"x" * 40]
TEXT = [b"Response: Follows\r\nPrivilege: Command\r\nActionID: 1\r\n", b"--END COMMAND--"]
FRAGMENTS = st.sampled_from(ENDS + LINES + TEXT)
STREAMS = st.lists(FRAGMENTS | st.binary(max_size=8), max_size=40).map(b"".join)


def read(
    chunks: Iterable[bytes], text: bytes = b"", greeting: bytes = GREETING, *, odd: bool = False
) -> list[bytes] | str:
    """The packets of a stream in these chunks, or why there were none."""
    decoder = Decoder()
    packets: list[bytes] = []
    try:
        decoder.feed(greeting)
        decoder.expect_text(text)
        decoder.expect_odd_ends(odd)
        for chunk in chunks:
            packets += decoder.feed(chunk)
    except ConnectionFailed as error:
        return error.reason
    return packets


def chopped(stream: bytes, seed: int) -> Iterator[bytes]:
    """The stream in pieces of random lengths, some of them empty."""
    rng = random.Random(seed)
    while stream:
        size = rng.choice((0, 1, 2, 3, 5, 8, 50))
        yield stream[:size]
        stream = stream[size:]


@contextmanager
def small_caps() -> Iterator[None]:
    """The codec's caps made so small that streams of a few hundred bytes meet them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "MAX_LINE", 30)
        patch.setattr(codec, "MAX_MESSAGE", 60)
        patch.setattr(codec, "MAX_HEADERS", 4)
        yield


@settings(max_examples=300, deadline=None)
@given(STREAMS, st.sampled_from([b"", b"ActionID: 1"]), st.integers(0, 1 << 16), st.booleans())
def test_any_cut_gives_the_same_packets(stream: bytes, text: bytes, seed: int, odd: bool) -> None:
    """Whole, byte by byte and in random chunks a stream reads the same, and nothing raises."""
    whole = read([stream], text, odd=odd)
    assert read(pieces(stream, 1), text, odd=odd) == whole
    assert read(chopped(stream, seed), text, odd=odd) == whole


@settings(max_examples=300, deadline=None)
@given(STREAMS, st.sampled_from([b"", b"ActionID: 1"]), st.integers(0, 1 << 16))
def test_any_cut_drops_the_same_packets(stream: bytes, text: bytes, seed: int) -> None:
    """What is over a cap is dropped at the same place whatever the cut, and no more is held."""
    with small_caps():
        whole = read([stream], text)
        assert read(pieces(stream, 1), text) == whole
        assert read(chopped(stream, seed), text) == whole
        decoder = Decoder()
        decoder.feed(GREETING)
        decoder.expect_text(text)
        for piece in pieces(stream, 1):
            decoder.feed(piece)
            assert decoder.pending <= 2 * (60 + 3)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | STREAMS)
def test_any_bytes_as_a_greeting_raise_one_error_at_most(stream: bytes) -> None:
    """Only ConnectionFailed("greeting") comes out of bytes that are no AMI, at every cut."""
    whole = read([stream], greeting=b"")
    assert whole == [] or whole == "greeting"
    assert read(pieces(stream, 1), greeting=b"") == whole


NEXT = packet("Event: After")
LARGE = {
    "a line of 1 MiB and more": b"Event: X\r\nA: " + b"x" * MAX_LINE + b"\r\n\r\n",
    "a message of 4 MiB and more": b"Event: X\r\n" + (b"A: " + b"x" * 1000 + b"\r\n") * 4200 + b"\r\n",
    "4,097 headers": b"Event: X\r\n" + b"A: b\r\n" * MAX_HEADERS + b"\r\n",
    "an endless line": b"x" * (MAX_MESSAGE * 2) + b"\r\n\r\n",
}


@pytest.mark.parametrize("stream", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("size", [65536, 4096, 10**9])
def test_what_is_too_large_is_dropped_to_its_end_and_the_stream_lives(stream: bytes, size: int) -> None:
    """A mark stands in its place, and the packets before and after it are whole."""
    whole = read(pieces(NEXT + stream + NEXT, size))
    assert whole == [b"Event: After", OVERSIZE, b"Event: After"]


def test_what_is_just_not_too_large_passes() -> None:
    """4,096 headers, a line of 1 MiB, and a message of exactly 4 MiB are packets like others."""
    headers = b"Event: X\r\n" + b"A: b\r\n" * (MAX_HEADERS - 1) + b"\r\n"
    line = b"A: " + b"x" * (MAX_LINE - 4) + b"\r\n\r\n"
    message = b"\r\n".join([b"A: " + b"x" * (MAX_LINE - 5)] * 4)
    message += b"x" * (MAX_MESSAGE - len(message)) + b"\r\n\r\n"
    assert len(message) == MAX_MESSAGE + 4
    for cut in (len(message), -1, -2, -3, -4):
        assert read([message[:cut], message[cut:]]) == [message[:-4]]
    for stream in (headers, line):
        assert read(pieces(stream, 4096)) == [stream[:-4]]


@pytest.mark.parametrize("size", [1 << 16, 997])
def test_an_endless_packet_is_held_to_the_cap_and_no_further(size: int) -> None:
    """Memory stays below the cap and a chunk, and what follows the end is read again."""
    decoder = Decoder()
    decoder.feed(GREETING)
    dropped = []
    for _ in range((MAX_MESSAGE + (1 << 20)) // size):
        dropped += decoder.feed(b"x" * size)
        assert decoder.pending <= MAX_MESSAGE + 3
    assert dropped == [OVERSIZE]
    assert decoder.feed(b"\r\n\r\n" + NEXT) == [b"Event: After"]


FOLLOWS = b"Response: Follows\r\nPrivilege: Command\r\nActionID: 1\r\n"


@pytest.mark.parametrize("size", [1, 5, 10**6])
def test_a_text_of_the_old_form_ends_at_its_marker(size: int) -> None:
    """Empty lines, headers and even the marker inside the text do not end it; the last marker does."""
    text = FOLLOWS + b"a: b\n\nEvent: X\r\n\r\nc --END COMMAND-- d\r\n\r\nlast--END COMMAND--\r\n\r\n"
    assert read(pieces(text + NEXT, size), b"ActionID: 1") == [text[:-4], b"Event: After"]


def test_nobody_can_start_a_text_that_was_not_asked_for() -> None:
    """A caller's forged start of a text would else hide 4 MiB of what Asterisk says."""
    forged = b"Response: Follows\r\nPrivilege: Command\r\nX: y"
    stream = forged + b"\r\n\r\n" + NEXT
    assert read([stream]) == [forged, b"Event: After"]
    assert read([stream], b"ActionID: 1") == [forged, b"Event: After"]


def test_a_text_that_never_ends_is_dropped_at_the_cap() -> None:
    """A text over 4 MiB is marked as dropped, and the next question starts afresh."""
    decoder = Decoder()
    decoder.feed(GREETING)
    decoder.expect_text(b"ActionID: 1")
    got = decoder.feed(FOLLOWS + b"\r\n")
    for _ in range(6):
        got += decoder.feed(b"x" * 1_000_000 + b"\r\n\r\n")
    assert got[0] == OVERSIZE
    assert decoder.pending <= MAX_MESSAGE
    decoder.expect_text(b"")
    assert decoder.feed(NEXT) == [b"Event: After"]


def test_a_text_is_forgotten_when_the_next_question_goes_out() -> None:
    """A text whose end never comes swallows nothing beyond its own question."""
    decoder = Decoder()
    decoder.feed(GREETING)
    decoder.expect_text(b"ActionID: 1")
    assert decoder.feed(FOLLOWS + b"half\r\n\r\n") == []
    decoder.expect_text(b"ActionID: 2")
    assert decoder.feed(NEXT) == [b"Event: After"]


def test_a_text_with_an_endless_line_in_it_is_given_up_with_that_line() -> None:
    """What follows the dropped line is read as packets again."""
    decoder = Decoder()
    decoder.feed(GREETING)
    decoder.expect_text(b"ActionID: 1")
    decoder.feed(FOLLOWS + b"half\r\n\r\n")
    assert [got for piece in pieces(LARGE["an endless line"], 65536) for got in decoder.feed(piece)] == [
        OVERSIZE
    ]
    assert decoder.feed(NEXT) == [b"Event: After"]
