"""Conferences equal what `confbridge list` says, while people come, are muted and go."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.proof.compare import Check
from tests.proof.configs import config
from tests.proof.listener import Heard, Listener
from tests.proof.run import quiet

pytestmark = pytest.mark.lab

STAY = 40  # s: longer than a test takes
LISTED = 1.5  # s: so long after a change the last list of one each second knows it
MOMENTS = 3  # to compare after each thing that happens
ROOM = re.compile(r"(?P<name>\S+) +(?P<users>\d+) +(?P<marked>\d+) +(?P<locked>Yes|No) +(?:Yes|No) *")
USER = re.compile(r"(?P<channel>\S+/\S+;2) +(?P<flags>[AMWEmw]*) +(?:quiet|chair|default_user) .*")


@dataclass(frozen=True)
class Room:
    """One conference, as Asterisk's CLI has it."""

    users: tuple[str, ...]
    marked: int
    muted: int
    locked: int


def rooms(asterisk: Asterisk) -> dict[str, Room]:
    """What `confbridge list` says, and of each room `confbridge list NAME`."""
    found = {}
    for line in asterisk.cli("confbridge list").splitlines():
        if room := ROOM.fullmatch(line):
            listed = asterisk.cli(f"confbridge list {room['name']}").splitlines()
            users = [user for line in listed if (user := USER.fullmatch(line))]
            muted = sum("m" in user["flags"] for user in users)
            names = tuple(user["channel"] for user in users)
            found[room["name"]] = Room(names, int(room["marked"]), muted, room["locked"] == "Yes")
    return found


@dataclass
class Conferences:
    """One Asterisk, an exporter that hears events, one that also lists each second, and what was compared."""

    asterisk: Asterisk
    live: ExporterProcess
    listing: ExporterProcess
    listener: Listener
    check: Check

    def join(self, extension: str, count: int = 1) -> None:
        """Somebody comes."""
        for _ in range(count):
            self.asterisk.cli(f"channel originate Local/{extension}@lab application Wait {STAY}")

    def compare(self, name: str) -> dict[str, Room]:
        """Some moments at which the CLI says the same before and after the scrape."""
        changed, before, moments = time.monotonic(), rooms(self.asterisk), 0
        while moments < MOMENTS or time.monotonic() < changed + LISTED + 0.3:
            asked = time.monotonic()
            live, listing = self.live.scrape(), self.listing.scrape()
            after = rooms(self.asterisk)
            if before != after:
                changed, before, moments = time.monotonic(), after, 0
                continue
            moments += 1
            where = f"{name}, {asked - changed:.1f} s"
            self._equal(live, after, f"live, {where}", ("participants", "muted"))
            if asked > changed + LISTED:
                every = ("participants", "muted", "marked", "locked")
                self._equal(listing, after, f"listing, {where}", every)
        return before

    def _equal(self, page: Page, truth: dict[str, Room], where: str, figures: tuple[str, ...]) -> None:
        self.check.equal(page.get("asterisk_conferences"), len(truth), where)
        users = sum(len(room.users) for room in truth.values())
        self.check.equal(page.get("asterisk_conference_users"), users, where)
        for name, room in truth.items():
            expected = vars(room) | {"participants": len(room.users)}
            for figure in figures:
                got = page.get(f"asterisk_conference_{figure}", conference=name)
                self.check.equal(got, expected[figure], where, name, figure)

    def corrections(self) -> float:
        """What lists have corrected in both exporters."""
        tables = ("conferences", "conference_users")
        pages = (self.live.scrape(), self.listing.scrape())
        return sum(page.value("asterisk_table_corrections_total", table=t) for page in pages for t in tables)


@contextmanager
def watched(asterisk: Asterisk, folder: Path) -> Iterator[Conferences]:
    """Without a channel before and after."""
    quiet(asterisk)
    texts = {
        name: config(asterisk, collectors="[core, channels, conferences]")
        + f"  conferences: {{interval: {seconds}s, rooms: true}}\n"
        for name, seconds in (("live", 60), ("listing", 1))
    }
    with (
        ExporterProcess(folder / "live", texts["live"]) as live,
        ExporterProcess(folder / "listing", texts["listing"]) as listing,
        Listener(asterisk) as listener,
    ):
        for exporter in (live, listing):
            exporter.wait_up()
            exporter.wait_until(lambda: exporter.scrape().get("asterisk_conference_users") == 0, 20)  # noqa: B023
        yield Conferences(asterisk, live, listing, listener, Check())
        quiet(asterisk)


def stayed(heard: Heard) -> float:
    """Seconds from joining to leaving, of all, by Asterisk's clock."""
    since = {event["Uniqueid"]: float(event["Timestamp"]) for event in heard.of("ConfbridgeJoin")}
    return sum(float(event["Timestamp"]) - since[event["Uniqueid"]] for event in heard.of("ConfbridgeLeave"))


def test_conferences_equal_confbridge_list(asterisk: Asterisk, tmp_path: Path) -> None:
    """Rooms, users, muted, marked ones and locks; lists correct nothing; times are those that were heard."""
    with watched(asterisk, tmp_path) as conferences:
        conferences.join("301", 2)
        conferences.join("303")
        conferences.join("302", 2)
        there = conferences.compare("five came")
        assert {name: len(room.users) for name, room in there.items()} == {"north": 2, "south": 3}
        asterisk.cli(f"confbridge mute north {there['north'].users[0]}")
        asterisk.cli("confbridge mute south participants")
        asterisk.cli("confbridge lock south")
        there = conferences.compare("muted and locked")
        assert [(room.muted, room.marked, room.locked) for _, room in sorted(there.items())] == [
            (1, 0, False),
            (2, 1, True),
        ]
        asterisk.cli("confbridge unmute south participants")
        asterisk.cli(f"confbridge kick north {there['north'].users[1]}")
        there = conferences.compare("unmuted, kicked")
        assert (len(there["north"].users), there["south"].muted) == (1, 0)
        asterisk.cli("confbridge kick south all")
        assert list(conferences.compare("one room is over")) == ["north"]
        asterisk.cli("channel request hangup all")
        assert conferences.compare("nobody is left") == {}
        assert conferences.check.wrong == []
        assert conferences.check.most == 5
        assert conferences.check.moments >= 72
        assert conferences.corrections() == 0
        heard, page = conferences.listener.heard(), conferences.live.scrape()
        assert page.value("asterisk_conference_joins_total") == heard.count("ConfbridgeJoin") == 5
        assert page.value("asterisk_conference_leaves_total") == heard.count("ConfbridgeLeave") == 5
        assert page.value("asterisk_conference_participation_seconds_count") == 5
        assert page.value("asterisk_conference_participation_seconds_sum") == pytest.approx(
            stayed(heard), abs=0.5
        )


def test_who_hears_an_announcement_first_is_listed_before_joining(asterisk: Asterisk, tmp_path: Path) -> None:
    """A list shows a user before any event does, as `confbridge list` does too; that is no correction."""
    with watched(asterisk, tmp_path) as conferences:
        conferences.join("300")
        conferences.listener.wait(lambda heard: heard.count("ConfbridgeStart") == 1, 5)
        listed = conferences.listing.wait_until(
            lambda: conferences.listing.scrape().get("asterisk_conference_users") == 1, 5
        )
        assert conferences.listener.heard().count("ConfbridgeJoin") == 0, f"listed only after {listed} s"
        assert [len(room.users) for room in rooms(asterisk).values()] == [1]
        conferences.listener.wait(lambda heard: heard.count("ConfbridgeJoin") == 1, 15)
        conferences.compare("joined")
        assert conferences.check.wrong == []
        assert conferences.corrections() == 0
