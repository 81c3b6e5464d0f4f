"""The relay puts itself into a call, and hurts what it should."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.lab.relay import HOST, Fault, Relay


@pytest.fixture
def ends() -> Iterator[list[socket.socket]]:
    """SIP of the caller and of the called, then RTP and RTCP of both."""
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(6)]
        for end in made[:2]:
            end.bind((HOST, 0))
        for first in (2, 4):
            _bind_pair(made[first], made[first + 1])
        for end in made:
            end.settimeout(5)
        yield made


def _bind_pair(rtp: socket.socket, rtcp: socket.socket) -> None:
    for port in range(15_901, 15_999, 2):
        try:
            rtp.bind((HOST, port))
            rtcp.bind((HOST, port + 1))
        except OSError:
            continue
        return
    pytest.fail("no ports")


def port(end: socket.socket) -> int:
    """Where it listens."""
    return int(end.getsockname()[1])


def sdp(first: str, media: int) -> bytes:
    """A message of a call that says where media is wanted."""
    return f"{first}\r\nCall-ID: 1@x\r\n\r\nv=0\r\nm=audio {media} RTP/AVP 0\r\n".encode()


def media(message: bytes) -> int:
    """Where a message wants media."""
    found = re.search(rb"m=audio (\d+) ", message)
    assert found
    return int(found[1])


def arrived(end: socket.socket) -> list[bytes]:
    """What comes until a second is still."""
    end.settimeout(0.5)
    found = []
    try:
        while True:
            found.append(end.recv(2000))
    except TimeoutError:
        return found


def test_media_goes_through_and_only_its_rtp_is_hurt(ends: list[socket.socket]) -> None:
    """A quarter of one direction is lost, every other packet of the other is late, RTCP arrives."""
    caller, called, rtp, rtcp, far_rtp, far_rtcp = ends
    out, back = Fault(loss=0.25), Fault(delay=0.05)
    with Relay(port(caller), port(called), out, back) as relay:
        caller.sendto(sdp("INVITE sip:x SIP/2.0", port(rtp)), (HOST, relay.port))
        invite = called.recv(2000)
        called.sendto(sdp("SIP/2.0 200 OK", port(far_rtp)), (HOST, relay.port))
        answer = caller.recv(2000)
        assert len(invite) == len(sdp("INVITE sip:x SIP/2.0", port(rtp)))
        to_called, to_caller = media(answer), media(invite)
        assert len({to_called, to_caller, port(rtp), port(far_rtp)}) == 4
        for number in range(40):
            rtp.sendto(b"%d" % number, (HOST, to_called))
            rtcp.sendto(b"report", (HOST, to_called + 1))
        far_rtcp.sendto(b"report", (HOST, to_caller + 1))
        got = arrived(far_rtp)
        assert len(got) == 30 == out.packets - out.lost
        assert [int(one) for one in got] == sorted(int(one) for one in got)
        assert arrived(far_rtcp) == [b"report"] * 40
        assert arrived(rtcp) == [b"report"]
        sent = time.monotonic()
        rtp.settimeout(5)
        far_rtp.sendto(b"1", (HOST, to_caller))
        far_rtp.sendto(b"2", (HOST, to_caller))
        assert rtp.recv(100) == b"2"
        assert rtp.recv(100) == b"1"
        assert time.monotonic() - sent >= 0.05
        assert (back.packets, back.lost) == (2, 0)
