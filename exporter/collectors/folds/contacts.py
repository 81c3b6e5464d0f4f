"""The contacts of PJSIP: of lists, of single values and of events one picture.

A list has contacts that have registered, and of each all there is; those of the configuration are in no
list, and their values are asked for one by one. Events tell of both kinds, and do not say of which. So
what an event said stands until each list that could know it is newer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from exporter.metrics import Machine
from exporter.metrics.folds import Told
from exporter.metrics.readers import Row

EVENTS = ("ContactStatus",)
HEADERS = ("AOR", "URI", "ContactStatus", "RoundtripUsec")
LISTS = ("pjsip_contacts", "pjsip_static_contacts")
NAMES = "pjsip_contact_names"
MOST = 50_000  # contacts that events alone have told of: lists are as long as Asterisk makes them
GRACE = 5.0  # s by which a list can be older than the moment it is read: many values take their time

# `;@` stands in the name of a contact that has registered, `@@` in that of one from the configuration;
# what follows is the MD5 of its URI, by which an event, that has no name, tells the same contact.
_NAME = re.compile(r"(?P<aor>.+)(?:;@|@@)(?P<hash>[^@]*)")
_VALUE = re.compile(r"PJSIP_CONTACT\((?P<name>.+),(?P<field>\w+)\)")

Key: TypeAlias = tuple[str, str]  # the AOR and the hash of the URI


class Contact(NamedTuple):
    """How a contact is, in Asterisk's words; the round trip is in microseconds, 0 if there is none."""

    status: str
    usec: float


class Contacts(Machine):
    """What is known of the contacts of one server."""

    def __init__(self) -> None:
        self._lists: dict[str, dict[Key, Contact]] = {}
        self._read: dict[str, float] = {}  # by list: when
        self._whole: dict[str, float] = {}  # by list: up to when it knows of every contact that there was
        self._named = (0.0, 0.0)  # when the names of contacts were read, the last two times
        self._news: dict[Key, tuple[Contact | None, float]] = {}  # of events; None: it is gone

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:
        """A contact has changed."""
        aor, uri, status = (fields.get(header, "") for header in ("aor", "uri", "contactstatus"))
        key = aor, _hash(uri)
        if aor and uri and (key in self._news or len(self._news) < MOST):
            gone = status == "Removed"
            self._news[key] = None if gone else Contact(status, _number(fields.get("roundtripusec"))), now
        return ()

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterable[Told]:
        """All contacts of one kind, in rows of their own or in a row for each value; or the names to ask for.

        Single values are those of contacts whose names were known, perhaps for a while.
        """
        if table == NAMES:
            self._named = (self._named[1], now)
            return ()
        self._lists[table], self._read[table] = dict(_contacts(rows)), now
        before, last = self._named
        named = last if last < now - GRACE else before
        self._whole[table] = named if all("value" in row for row in rows) else now
        self._news = {key: news for key, news in self._news.items() if not self._is_old(key, news[1])}
        return ()

    def _is_old(self, key: Key, told: float) -> bool:
        """Whether lists know better by now."""
        for table, contacts in self._lists.items():
            if key in contacts:
                return self._read[table] > told + GRACE
        return all(self._whole.get(table, 0.0) > told + GRACE for table in LISTS)

    def rows(self, what: str) -> Iterable[Row]:
        """Each contact; or the best of each AOR, by the round trip."""
        known: dict[Key, Contact] = {}
        for contacts in self._lists.values():
            known |= contacts
        for key, (contact, _) in self._news.items():
            if contact is None:
                known.pop(key, None)
            else:
                known[key] = contact
        if what == "contact":
            return [{"aor": aor, "status": contact.status} for (aor, _), contact in known.items()]
        best: dict[str, float] = {}
        for (aor, _), contact in known.items():
            if contact.status == "Reachable" and contact.usec > 0:
                best[aor] = min(contact.usec, best.get(aor, contact.usec))
        return [{"aor": aor, "roundtripusec": usec} for aor, usec in best.items()]

    def forget(self) -> None:
        """The session is over."""
        for known in (self._lists, self._read, self._whole, self._news):
            known.clear()
        self._named = (0.0, 0.0)


def _contacts(rows: Iterable[Row]) -> Iterator[tuple[Key, Contact]]:
    values: dict[str, dict[str, str]] = {}
    for row in rows:
        name = str(row.get("objectname", ""))
        if match := _VALUE.fullmatch(name):
            values.setdefault(match["name"], {})[match["field"]] = str(row.get("value", ""))
        elif found := _NAME.fullmatch(name):
            usec = _number(row.get("roundtripusec"))
            yield (found["aor"], found["hash"]), Contact(str(row.get("status", "")), usec)
    for name, value in values.items():
        found = _NAME.fullmatch(name)
        if found and value.get("status"):  # else it went away in between
            yield (found["aor"], found["hash"]), Contact(value["status"], _number(value.get("rtt")))


def _hash(uri: str) -> str:
    return hashlib.md5(uri.encode(), usedforsecurity=False).hexdigest()


def _number(text: object) -> float:
    """A number of microseconds; Asterisk also writes N/A and nothing."""
    return float(str(text)) if re.fullmatch(r"[0-9]{1,15}", str(text)) else 0.0
