"""A relay on loopback for SIP calls from one Asterisk to another, that loses and delays their voice."""

from __future__ import annotations

import heapq
import itertools
import re
import selectors
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

HOST = "127.0.0.1"
PORTS = range(15_000, 15_900, 2)  # of five digits as those of the lab, so that no message gets longer
MEDIA = re.compile(rb"^m=audio ([0-9]{5}) ", re.MULTILINE)
CALL = re.compile(rb"^Call-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Fault:
    """What happens to the RTP of one direction; packets of RTCP always arrive."""

    loss: float = 0.0  # share of the packets that are lost, evenly
    delay: float = 0.0  # s: every other packet is so much later
    packets: int = 0
    lost: int = 0

    def next(self) -> float | None:
        """How much later the next packet goes on (s); None: it is lost."""
        self.packets += 1
        if int(self.packets * self.loss) > self.lost:
            self.lost += 1
            return None
        return self.delay * (self.packets % 2)


class _End:
    """Our socket that one side sends its media to, and where it listens; `other` faces the other side."""

    def __init__(self, own: socket.socket, fault: Fault) -> None:
        self.socket = own
        self.fault = fault
        self.other = self
        self.port = 0


class Relay:
    """`with Relay(caller, called) as relay`: the caller's SIP to relay.port reaches the called, and back.

    What follows the answer goes straight on, as the Contact of each side says; the media stays with us.
    """

    def __init__(self, caller: int, called: int, out: Fault | None = None, back: Fault | None = None) -> None:
        self.out = out or Fault()  # from the caller to the called
        self.back = back or Fault()
        self._caller, self._called = caller, called
        self._selector = selectors.DefaultSelector()
        self._sip = self._open(0)
        self.port = int(self._sip.getsockname()[1])
        self._calls: dict[bytes, tuple[list[_End], list[_End]]] = {}  # what faces the caller, the called
        self._late: list[tuple[float, int, _End, bytes]] = []
        self._number = itertools.count()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()

    def _open(self, port: int) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            made.bind((HOST, port))
        except OSError:
            made.close()
            raise
        return made

    def _run(self) -> None:
        self._selector.register(self._sip, selectors.EVENT_READ)
        while not self._ending.is_set():
            wait = self._late[0][0] - time.monotonic() if self._late else 0.2
            for key, _ in self._selector.select(min(max(wait, 0.0), 0.2)):
                assert isinstance(key.fileobj, socket.socket)
                try:
                    data, (_, port) = key.fileobj.recvfrom(65536)
                except ConnectionError:
                    continue  # nobody listened to what was sent before
                if key.data is None:
                    self._pass_sip(data, port)
                else:
                    self._pass_media(key.data, data)
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, end, data = heapq.heappop(self._late)
                end.socket.sendto(data, (HOST, end.port))

    def _pass_sip(self, data: bytes, port: int) -> None:
        called = port == self._called
        if (media := MEDIA.search(data)) and (name := CALL.search(data)):
            if name[1] not in self._calls:
                self._calls[name[1]] = self._media()
            caller_side, called_side = self._calls[name[1]]
            mine, other = (called_side, caller_side) if called else (caller_side, called_side)
            for index, end in enumerate(mine):
                end.port = int(media[1]) + index
            ours = str(other[0].socket.getsockname()[1]).encode()
            data = data[: media.start(1)] + ours + data[media.end(1) :]
        self._sip.sendto(data, (HOST, self._caller if called else self._called))

    def _pass_media(self, end: _End, data: bytes) -> None:
        late = end.fault.next()
        if late is not None and end.other.port:
            heapq.heappush(self._late, (time.monotonic() + late, next(self._number), end.other, data))

    def _media(self) -> tuple[list[_End], list[_End]]:
        """For RTP and for RTCP: an end that faces the caller, and one that faces the called."""
        sides = tuple(
            [_End(own, fault) for own, fault in zip(self._pair(), (fault, Fault()), strict=True)]
            for fault in (self.out, self.back)
        )
        for one, other in zip(*sides, strict=True):
            one.other, other.other = other, one
        for end in itertools.chain(*sides):
            self._selector.register(end.socket, selectors.EVENT_READ, end)
        return sides[0], sides[1]

    def _pair(self) -> tuple[socket.socket, socket.socket]:
        """Sockets on two ports that follow each other, the first of them even."""
        for port in PORTS:
            try:
                first = self._open(port)
            except OSError:
                continue
            try:
                return first, self._open(port + 1)
            except OSError:
                first.close()
        raise OSError("no two free ports for media")
