"""Two Asterisks that are trunk and phone of each other, and what was told of them while that changed."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.proof.endpoint_pages import differences
from tests.proof.endpoint_truth import Truth, trips, truth

# Who asks: all that there is to ask, or nothing that needs write=system.
USERS = {"deep": "admin", "bare": "monitor"}
LIVE, LISTING = "60s", "1s"  # intervals between lists
PATIENCE = 30.0  # s until Asterisk has changed as it should, and what is told must be what the CLI says
COLLECTORS = ("pjsip", "registrations", "sip", "iax2")
TABLES = ("pjsip_endpoints", "pjsip_registrations", "sip_peers", "iax2_peers")


class Trip(NamedTuple):
    """The round trip to a contact."""

    whose: str
    told: float  # s
    said: set[float]  # by the CLI until then

    @property
    def true(self) -> bool:
        """Whether what is told was said."""
        return any(abs(self.told - said) < 1e-6 for said in self.said)


@dataclass
class Seen:
    """What there is to assert on."""

    agreed: dict[str, float] = field(default_factory=dict)  # by step: seconds until all was as the CLI says
    wrong: list[str] = field(default_factory=list)
    moments: int = 0  # settled ones, that were compared after all agreed
    truths: dict[str, dict[str, Truth]] = field(default_factory=dict)  # by step and version
    unloaded: dict[str, float | None] = field(default_factory=dict)  # asterisk_collector_supported of sip
    trips: list[Trip] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)  # the last ones
    warned: list[str] = field(default_factory=list)  # what our questions put into Asterisk's log


def take(labs: dict[str, Asterisk], folder: Path) -> Seen:
    """The run: it takes about a minute."""
    seen = Seen()
    with ExitStack() as stack:
        exporters = [
            stack.enter_context(ExporterProcess(folder / name, _config(labs, interval)))
            for name, interval in (("live", LIVE), ("listing", LISTING))
        ]
        for exporter in exporters:
            exporter.wait_until(lambda e=exporter: _all_known(e.scrape()), 30)  # type: ignore[misc]
        seen.unloaded["before"] = _supported(exporters[0].scrape())
        stack.enter_context(_chan_sip(labs["16"]))
        exporters[0].wait_until(lambda: _supported(exporters[0].scrape()) == 1, 15)
        run = _Run(labs, exporters, seen)
        run.step("quiet", _is_quiet)
        run.round_trips()
        seen.warned = [
            line for lab in labs.values() for line in lab.log().splitlines() if "func_pjsip" in line
        ]
        labs["22"].cli("pjsip send unregister trunk-peer")
        run.step("a phone has left", lambda truths: truths["16"].endpoints["pbx22"] == "unavailable")
        labs["22"].cli("pjsip send register trunk-peer")
        run.step("it is back", lambda truths: truths["16"].endpoints["pbx22"] == "not_in_use")
        labs["16"].cli("channel originate PJSIP/101@trunk-peer application Wait 60")
        run.step("a call", lambda truths: truths["16"].channels["trunk-peer"] == 1)
        labs["16"].cli("channel request hangup all")
        run.step("hung up", lambda truths: truths["22"].channels["pbx16"] == 0)
        _register(labs["22"], wanted=False)
        labs["16"].cli("iax2 unregister iax22")
        run.step("an IAX peer has left", lambda truths: truths["16"].iax2["iax22"] == "unknown")
        _register(labs["22"], wanted=True)
        run.step("it came back", lambda truths: truths["16"].iax2["iax22"] == "reachable")
        seen.pages = [exporter.scrape() for exporter in exporters]
    return seen


class _Run:
    def __init__(self, labs: dict[str, Asterisk], exporters: list[ExporterProcess], seen: Seen) -> None:
        self.labs, self.exporters, self.seen = labs, exporters, seen

    def step(self, name: str, there: Callable[[dict[str, Truth]], bool] = lambda _: True) -> None:
        """Wait until Asterisk has changed so, and all agree; then look twice more."""
        deadline, changed, agreed = time.monotonic() + PATIENCE, 0.0, 0
        for truths, pages in self._settled():
            now = time.monotonic()
            changed = changed or now * there(truths)
            wrong = [*self._differences(pages, truths)] if changed else ["it has not changed"]
            if agreed:
                self.seen.moments += 1
                self.seen.wrong += [f"{name}: {text}" for text in wrong]
            elif not wrong:
                self.seen.agreed[name] = now - changed
                self.seen.truths[name] = truths
            elif now > deadline:
                self.seen.wrong += [f"{name}: {text}" for text in wrong]
                return
            agreed += bool(agreed or not wrong)
            if agreed == 3:
                return

    def _settled(self) -> Iterator[tuple[dict[str, Truth], list[Page]]]:
        """Scrapes between two looks at the CLI that say the same."""
        before = {version: truth(lab) for version, lab in self.labs.items()}
        while True:
            pages = [exporter.scrape() for exporter in self.exporters]
            after = {version: truth(lab) for version, lab in self.labs.items()}
            if before == after:
                yield after, pages
            before = after

    def _differences(self, pages: list[Page], truths: dict[str, Truth]) -> Iterator[str]:
        for page, kind in zip(pages, ("live", "listing"), strict=True):
            for version, true in truths.items():
                for user in USERS:
                    for text in differences(page, f"{user}{version}", true):
                        yield f"{kind} {user}{version} {text}"

    def round_trips(self) -> None:
        """What the one that lists all the time says is what the CLI has said a moment before."""
        said: dict[tuple[str, str], set[float]] = {}
        deadline = time.monotonic() + PATIENCE
        while not self.seen.trips or (
            not all(trip.true for trip in self.seen.trips) and time.monotonic() < deadline
        ):
            for version, lab in self.labs.items():
                for aor, trip in trips(lab).items():
                    said.setdefault((version, aor), set()).add(trip)
            page = self.exporters[1].scrape()
            self.seen.trips = [
                Trip(
                    f"{user}{version} {aor}",
                    page.value("asterisk_pjsip_aor_round_trip_seconds", server=user + version, aor=aor),
                    values,
                )
                for (version, aor), values in said.items()
                for user in USERS
            ]


def _is_quiet(truths: dict[str, Truth]) -> bool:
    """Whether chan_sip knows of each of its peers whether it lives, and is registered at the other."""
    return "unknown" not in truths["16"].sip.values() and truths["22"].endpoints["sip16"] == "not_in_use"


def _config(labs: dict[str, Asterisk], interval: str) -> str:
    servers = "".join(
        f"  {name}{version}: {{host: 127.0.0.1, port: {lab.ami_port}, username: {user}, "
        f"secret: {user}-secret}}\n"
        for version, lab in labs.items()
        for name, user in USERS.items()
    )
    collectors = "".join(f"  {name}: {{interval: {interval}}}\n" for name in COLLECTORS)
    return f"servers:\n{servers}collectors:\n{collectors}"


def _all_known(page: Page) -> bool:
    return all(
        page.get(f"asterisk_{name}", server=f"{user}{version}") is not None
        for user in USERS
        for version in ("16", "22")
        for name in (
            "active_channels",
            "pjsip_contacts",
            "pjsip_endpoints",
            "pjsip_registration_state",
            "iax2_peers",
        )
    )


def _supported(page: Page) -> float | None:
    return page.get("asterisk_collector_supported", server="bare16", collector="sip")


@contextmanager
def _chan_sip(lab: Asterisk) -> Iterator[None]:
    """Loaded over AMI, which tells of it by an event; and taken out again."""
    _module(lab, "load")
    try:
        yield
    finally:
        _module(lab, "unload")


def _register(lab: Asterisk, *, wanted: bool) -> None:
    """Let it register over IAX2, or not: a reload tells of that."""
    lab.restore_config("iax.conf")
    if not wanted:
        lab.write_config("iax.conf", re.sub("(?m)^register => .*", "", lab.config("iax.conf")))
    lab.cli("module reload chan_iax2.so")


def _module(lab: Asterisk, what: str) -> None:
    with socket.create_connection(("127.0.0.1", lab.ami_port), timeout=20) as connection:
        for text in (
            "Action: Login\r\nUsername: admin\r\nSecret: admin-secret\r\nEvents: off\r\n\r\n",
            f"Action: ModuleLoad\r\nActionID: module\r\nModule: chan_sip.so\r\nLoadType: {what}\r\n\r\n",
        ):
            connection.sendall(text.encode())
        answer = b""
        while b"ActionID: module" not in answer:
            answer += connection.recv(4096)
