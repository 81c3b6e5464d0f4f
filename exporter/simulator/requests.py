"""Bytes of a client to actions, with Asterisk's limits and its words for what it cannot read."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_LINE = 1024  # bytes, with its end
MAX_HEADERS = 128


@dataclass(slots=True)
class Request:
    """One action. Names are read without regard to case; of equal ones the first counts."""

    fields: dict[str, str] = field(default_factory=dict)
    count: int = 0
    error: str = ""

    def get(self, name: str) -> str:
        """The value of a header, empty if there is none."""
        return self.fields.get(name.lower(), "")

    @property
    def action(self) -> str:
        """What is wanted, as the client wrote it."""
        return self.get("Action")

    @property
    def action_id(self) -> str:
        """What the answer is to carry."""
        return self.get("ActionID")

    def take(self, line: str) -> None:
        """Read a line; one without a colon says nothing."""
        self.count += 1
        if self.count > MAX_HEADERS:
            self.error = "Too many lines in message or allocation failure"
            return
        name, colon, value = line.partition(":")
        value = value.lstrip(" ")
        if colon and value:
            self.fields.setdefault(name.lower(), value)


class Reader:
    """Cuts the stream of a client into actions; what it holds is bounded."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._request = Request()

    def feed(self, data: bytes) -> list[Request]:
        """The actions that are whole now."""
        self._line += data
        *lines, rest = bytes(self._line).split(b"\n")
        self._line.clear()
        done = [request for line in lines if (request := self._take(line.removesuffix(b"\r")))]
        if len(rest) > MAX_LINE:
            self._too_long()
            rest = rest[:1]  # not empty: the line goes on
        self._line += rest
        return done

    def _take(self, line: bytes) -> Request | None:
        if not line:
            request, self._request = self._request, Request()
            return request
        if len(line) >= MAX_LINE - 1:
            self._too_long()
        elif not self._request.error:
            self._request.take(line.decode("utf-8", "backslashreplace"))
        return None

    def _too_long(self) -> None:
        self._request.error = "Failed to parse message: line too long"
