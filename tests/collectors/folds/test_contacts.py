"""Contacts of lists, of single values and of events become one picture."""

from __future__ import annotations

import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from exporter.collectors.folds import contacts as fold
from exporter.metrics.readers import Row

URI = "sip:6001@192.0.2.7:5060"
TO = "sip:trunk.example.net"


def named(aor: str, uri: str, kind: str = ";@") -> str:
    """The name that Asterisk gives to a contact."""
    return f"{aor}{kind}{hashlib.md5(uri.encode(), usedforsecurity=False).hexdigest()}"


PHONE = named("6001", URI)  # a contact that has registered,
TRUNK = named("trunk", TO, "@@")  # and one of the configuration


class Told:
    """The fold, told of lists and events."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.fold = fold.Contacts()

    def listed(self, *rows: Row, table: str = "pjsip_contacts") -> None:
        """A list was read."""
        assert list(self.fold.listed(table, rows, self.now)) == []

    def values(self, *rows: Row) -> None:
        """Single values were read."""
        self.listed(*rows, table="pjsip_static_contacts")

    def named(self) -> None:
        """The names of contacts to ask for were read, and then some time went by."""
        self.listed(table=fold.NAMES)
        self.now += 10

    def event(self, status: str, aor: str = "6001", uri: str = URI, usec: str = "0") -> None:
        """A contact has changed."""
        fields = {"aor": aor, "uri": uri, "contactstatus": status, "roundtripusec": usec}
        assert list(self.fold.take("ContactStatus", fields, self.now)) == []

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many contacts of which AOR are how."""
        rows = self.fold.rows("contact")
        return Counter((str(row["aor"]), str(row["status"])) for row in rows)

    @property
    def best(self) -> dict[str, float]:
        """The round trip of the best contact of each AOR (µs)."""
        return {str(row["aor"]): float(row["roundtripusec"]) for row in self.fold.rows("best")}


def phone(status: str = "Reachable", usec: str = "700", name: str = PHONE) -> Row:
    """An item of PJSIPShowContacts."""
    return {"objectname": name, "status": status, "roundtripusec": usec}


def value(field: str, text: str, name: str = TRUNK) -> Row:
    """An answer of PJSIP_CONTACT."""
    return {"objectname": f"PJSIP_CONTACT({name},{field})", "value": text}


def trunk(status: str = "Reachable", usec: str = "2600") -> tuple[Row, ...]:
    """All that is asked of a contact of the configuration."""
    return value("status", status), value("rtt", usec)


def test_both_kinds_are_told() -> None:
    """Those that have registered and those of the configuration, and the round trip of each."""
    told = Told()
    told.listed(phone())
    told.values(*trunk())
    assert told.counts == {("6001", "Reachable"): 1, ("trunk", "Reachable"): 1}
    assert told.best == {"6001": 700.0, "trunk": 2600.0}


def test_the_best_contact_is_the_fastest_that_answers() -> None:
    """One that does not answer has no round trip, whatever its last one was."""
    told = Told()
    told.listed(
        phone("Reachable", "900"),
        phone("Reachable", "800", "6001;@2"),
        phone("Unreachable", "100", "6001;@3"),
        phone("NonQualified", "0", "6002;@4"),
    )
    assert told.best == {"6001": 800.0}


def test_events_change_make_and_end_contacts() -> None:
    """At once, whichever kind they are."""
    told = Told()
    told.listed(phone())
    told.values(*trunk())
    told.event("Unreachable")
    told.event("Unreachable", "trunk", TO)
    told.event("NonQualified", "6002", "sip:6002")
    assert told.counts == {
        ("6001", "Unreachable"): 1,
        ("trunk", "Unreachable"): 1,
        ("6002", "NonQualified"): 1,
    }
    told.event("Removed")
    told.event("Reachable", "6002", "sip:6002", "1477")
    assert told.counts == {("trunk", "Unreachable"): 1, ("6002", "Reachable"): 1}
    assert told.best == {"6002": 1477.0}


def test_a_list_that_is_hardly_newer_does_not_take_back_an_event() -> None:
    """It can have been made before; one that is surely newer can."""
    told = Told()
    told.listed(phone())
    told.event("Unreachable")
    told.now += 1
    told.listed(phone())
    assert told.counts == {("6001", "Unreachable"): 1}
    told.now += 10
    told.listed(phone("Reachable"))
    assert told.counts == {("6001", "Reachable"): 1}


def test_the_list_of_the_other_kind_does_not_end_a_new_contact() -> None:
    """Only when both lists are newer, and none has it, is it gone."""
    told = Told()
    told.listed()
    told.values()
    told.event("NonQualified")
    told.now += 10
    told.named()
    told.values(*trunk())
    assert told.counts[("6001", "NonQualified")] == 1
    told.listed(phone(name="6002;@1"))
    told.now += 10
    told.values(*trunk())
    assert told.counts == {("trunk", "Reachable"): 1, ("6002", "Reachable"): 1}


def test_values_know_only_contacts_whose_names_were_known() -> None:
    """One that came after the names were read is not gone because nobody asked for it."""
    told = Told()
    told.named()
    told.event("Reachable", usec="500")
    told.now += 50
    told.listed(value("status", "Reachable", "6002;@1"))
    told.values(*trunk())
    assert told.counts[("6001", "Reachable")] == 1
    told.named()
    told.listed(value("status", "Reachable", "6002;@1"))
    told.values(*trunk())
    assert told.counts == {("trunk", "Reachable"): 1, ("6002", "Reachable"): 1}


def test_one_that_was_removed_does_not_come_back_with_an_old_list() -> None:
    """Until a list that is surely newer has it."""
    told = Told()
    told.listed(phone())
    told.event("Removed")
    told.now += 1
    told.listed(phone())
    assert told.counts == {}
    told.now += 10
    told.listed(phone())
    assert told.counts == {("6001", "Reachable"): 1}


def test_contacts_without_a_list_of_them_are_told_by_values() -> None:
    """A user without write=system has single values of both kinds."""
    told = Told()
    told.listed(value("status", "Reachable", PHONE), value("rtt", "N/A", PHONE))
    assert told.counts == {("6001", "Reachable"): 1}
    assert told.best == {}
    told.event("Unreachable")
    assert told.counts == {("6001", "Unreachable"): 1}


def test_one_that_went_away_while_it_was_asked_for_is_not_told() -> None:
    """Its values are empty then."""
    told = Told()
    told.values(value("status", ""), value("rtt", ""))
    assert told.counts == {}


def test_names_with_odd_characters_are_kept_whole() -> None:
    """An AOR can hold what parts a contact's name from its own."""
    told = Told()
    told.listed(phone(name="a;@b@@c;@5ad1"))
    told.values(value("status", "Reachable", "x,y@@1"))
    assert set(told.counts) == {("a;@b@@c", "Reachable"), ("x,y", "Reachable")}


def test_nothing_is_known_after_the_session() -> None:
    """Neither of lists nor of events."""
    told = Told()
    told.listed(phone())
    told.event("Reachable", "6002", "sip:6002")
    told.fold.forget()
    assert told.counts == {}


def test_what_events_alone_tell_is_bounded() -> None:
    """Many contacts that no list has do not fill the memory."""
    told = Told()
    for number in range(fold.MOST + 10):
        told.event("Reachable", str(number), "sip:x")
    assert sum(told.counts.values()) == fold.MOST


steps = st.lists(st.tuples(st.sampled_from(["Reachable", "Unreachable", "Removed"]), st.sampled_from("ab")))


@given(steps)
def test_after_new_lists_only_they_count(changes: list[tuple[str, str]]) -> None:
    """Whatever events have said."""
    told = Told()
    for status, aor in changes:
        told.event(status, aor, "sip:x")
    told.now += 10
    told.named()
    told.values(*trunk())
    told.listed(phone())
    assert told.counts == {("6001", "Reachable"): 1, ("trunk", "Reachable"): 1}
