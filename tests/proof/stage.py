"""Where calls are made act by act: what Asterisk says at quiet moments, and what pages then tell."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.lab.sipp import SCENARIOS, Sipp
from tests.proof.compare import Pages
from tests.proof.listener import USER, Heard, Listener
from tests.proof.run import quiet
from tests.proof.truth import bridges, channels

TRUNK = "PJSIP/trunk-live"  # sipp: it answers whatever comes
PATIENCE = 15.0  # seconds for one thing to happen
STILL = 0.3  # seconds without such an event, after which a page shows what was heard
STIRS = ("New", "Dial", "Bridge", "Soft", "Hangup", "Parked", "UnParked")  # how their names begin
CONSULTED = "consult%2F%2F%2F[call_id]%3Bto-tag%3D[$consulted]%3Bfrom-tag%3Dconsult-[pid]-[call_number]"

Row = dict[str, str]


class Said(NamedTuple):
    """What Asterisk says of itself."""

    channels: frozenset[str]  # names
    in_use: int  # channels that are neither internal nor hung up already
    calls: frozenset[str]  # Linkedids
    bridges: Counter[str]  # by type
    joined: int  # channels in bridges
    parked: int


class Moment(NamedTuple):
    """What Asterisk said before and after both pages, and what was heard until then."""

    said: Said
    pages: Pages
    heard: Heard


class Manager:
    """A session of AMI that acts, and hears no event."""

    def __init__(self, asterisk: Asterisk) -> None:
        self._socket = socket.create_connection(("127.0.0.1", asterisk.ami_port), timeout=PATIENCE)
        self._lines = self._socket.makefile("rb")
        self._lines.readline()  # the greeting
        self.ask("Login", Username=USER, Secret=asterisk.users[USER], Events="off")

    def ask(self, action: str, *, refused: bool = False, **headers: str) -> list[Row]:
        """Do something, which is done or is refused, as it should be; the rows of a list."""
        lines = {"Action": action, **headers}
        self._socket.sendall(
            "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n"
        )
        answer, rows = self._packet(), list[Row]()
        while "Response" not in answer:
            answer = self._packet()  # who parks a call is sent its event, whatever events are on
        assert (answer["Response"] == "Error") == refused, (action, headers, answer)
        while answer.get("EventList") == "start" and (row := self._packet()).get("EventList") != "Complete":
            rows.append(row)
        return rows

    def close(self) -> None:
        """Gone without a word."""
        self._lines.close()
        self._socket.close()

    def _packet(self) -> Row:
        lines = iter(lambda: self._lines.readline().decode(errors="backslashreplace").strip(), "")
        return {name: value for name, _, value in (line.partition(": ") for line in lines)}


@dataclass
class Stage:
    """Where the acts are played."""

    asterisk: Asterisk
    exporters: list[ExporterProcess]
    listener: Listener
    manager: Manager
    folder: Path
    moments: dict[str, Moment] = field(default_factory=dict)
    began: int = 0  # how many events had been heard when the act began
    _phones: list[Sipp] = field(default_factory=list)

    def call(self, extension: str, caller: str = TRUNK) -> None:
        """Somebody answers, and then calls an extension."""
        self.manager.ask(
            "Originate", Channel=caller, Context="lab", Exten=extension, Priority="1", Async="true"
        )

    def hear(self, name: str, count: int = 1, **where: str) -> None:
        """Wait until so many of these events came within this act."""
        self.listener.wait(lambda _: self._act().count(name, **where) >= count, PATIENCE)

    def talk(self) -> tuple[str, str]:
        """Two phones that talk over the trunk: the names of who calls, and who is called."""
        self.call("411")
        self.hear("BridgeEnter", 2)
        first, second = (event["Channel"] for event in self._act().of("Newchannel"))
        return first, second

    def dial(self, phone: str, code: str, digits: str) -> None:
        """Keys are pressed on a phone that talks: a feature code, and what it asks for."""
        for keys, event in ((code, "Hold"), (digits, "Unhold")):
            for key in keys:
                self.manager.ask("PlayDTMF", Channel=phone, Digit=key, Receive="true")
            self.hear(event, Channel=phone)

    def refer(self, target: str, *, consult: bool) -> None:
        """A phone calls, and sends who answers on to the target, after a call there or without."""
        text = (SCENARIOS / "transferer.xml").read_text()
        for name, value in {
            "CONSULT": (SCENARIOS / "consult.xml").read_text() if consult else "",
            "REPLACES": f"?Replaces={CONSULTED}" if consult else "",
            "TALK": "500",
        }.items():
            text = text.replace(f"@{name}@", value)
        path = self.folder / f"transferer-{consult}.xml"
        path.write_text(text)
        ports, number = self.asterisk.ports, len(self._phones)
        own = ports["CALLER"] + number, ports["CALLER_RTP"] + 10 * (number + 1)
        called = ("-s", "411", "-key", "target", target, f"127.0.0.1:{ports['SIP']}")
        # Without the @ that a Call-ID has else: it stands in a URI.
        self._phones.append(Sipp(path, *own, PATIENCE, "-m", "1", "-cid_str", "%u-%p", *called))
        self.hear("AttendedTransfer" if consult else "BlindTransfer")
        self.hear("Hangup", 1 + consult)

    def close(self) -> None:
        """Wait for the phones, which stay to answer what Asterisk repeats."""
        for phone in self._phones:
            phone.wait()

    def settle(self, name: str) -> None:
        """Take a moment in which nothing happens."""
        deadline = time.monotonic() + PATIENCE
        while True:
            before, stirred = self.said(), self._stirred()
            time.sleep(STILL)
            pages = Pages(*(exporter.scrape() for exporter in self.exporters))
            if (before, stirred) == (self.said(), self._stirred()):
                break
            assert time.monotonic() < deadline, f"{name}: it never holds still"
        self.moments[name] = Moment(before, pages, self.listener.heard())

    @contextmanager
    def act(self) -> Iterator[None]:
        """Everybody hangs up at its end."""
        self.began = len(self.listener.heard().events)
        yield
        quiet(self.asterisk)

    def _act(self) -> Heard:
        """What was heard within this act."""
        return Heard(self.listener.heard().events[self.began :])

    def _stirred(self) -> int:
        return sum(event.name.startswith(STIRS) for event in self._act().events)

    def said(self) -> Said:
        """What Asterisk says now."""
        listed, joined = channels(self.asterisk), bridges(self.asterisk).values()
        rows = self.manager.ask("CoreShowChannels")
        lot = self.asterisk.cli("parking show default")
        return Said(
            frozenset(listed.names),
            listed.count - listed.internal,
            frozenset(row["Linkedid"] for row in rows),
            Counter(kind for kind, _ in joined),
            sum(inside for _, inside in joined),
            len(re.findall(r"^  Space +:", lot, re.MULTILINE)),
        )
