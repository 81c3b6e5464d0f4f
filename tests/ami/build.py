"""Small builders for what Asterisk sends, and ways to cut it."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.ami import Action, Message, Reply, Session

GREETING = b"Asterisk Call Manager/11.0.0\r\n"


def packet(*lines: str | bytes) -> bytes:
    """One packet of these lines, with its empty line."""
    whole = [line.encode() if isinstance(line, str) else line for line in lines]
    return b"\r\n".join(whole) + b"\r\n\r\n"


def event(name: str, *lines: str | bytes, privilege: str = "call,all") -> bytes:
    """An event as Asterisk writes its own."""
    return packet(f"Event: {name}", f"Privilege: {privilege}", *lines)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """The bytes in pieces of one size."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


class Talk:
    """A session that was greeted: ask, answer, and see what it makes of it."""

    def __init__(self, *wanted: str, every: bool = False) -> None:
        self.session = Session(None if every else wanted)
        self.session.receive(GREETING)
        self.id = ""

    def ask(self, name: str, **headers: str) -> str:
        """Ask; the ActionID that went out."""
        self.session.forget()
        sent = self.session.ask(Action(name, headers.items()))
        self.id = sent.split(b"ActionID: ")[1].split(b"\r\n")[0].decode()
        return self.id

    def hear(self, *packets: bytes) -> list[Message | Reply]:
        """What comes out when Asterisk sends these."""
        return self.session.receive(b"".join(packets))

    def response(self, *lines: str, word: str = "Success") -> bytes:
        """A response to what was asked last."""
        return packet(f"Response: {word}", f"ActionID: {self.id}", *lines)

    def start(self, message: str = "will follow") -> bytes:
        """The response that opens a list."""
        return self.response("EventList: start", f"Message: {message}")

    def item(self, name: str, *lines: str | bytes) -> bytes:
        """An item of the list asked last."""
        return packet(f"Event: {name}", f"ActionID: {self.id}", *lines)

    def end(self, name: str, total: int | None = None) -> bytes:
        """The event that ends the list."""
        count = [] if total is None else [f"ListItems: {total}"]
        return packet(f"Event: {name}", f"ActionID: {self.id}", "EventList: Complete", *count)

    def reply(self, *packets: bytes) -> Reply:
        """The one reply that comes out when Asterisk sends these."""
        (reply,) = [item for item in self.hear(*packets) if isinstance(item, Reply)]
        return reply

    @property
    def anomalies(self) -> dict[str, int]:
        """What could not be believed so far, by kind."""
        return dict(self.session.anomalies)
