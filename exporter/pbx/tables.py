"""Rows by key: replaced whole by a list, kept fresh by events, and the proof that both agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Literal, TypeAlias

from exporter.metrics.readers import AT, CLOCK, Row, Value
from exporter.metrics.sources import Live, Table
from exporter.pbx.shapes import Key, Shape
from exporter.pbx.standing import Seen

Correction = Literal["missing", "ghost", "changed"]
CORRECTIONS: tuple[Correction, ...] = ("missing", "ghost", "changed")

Watcher: TypeAlias = Callable[[Row | None, Row | None, float], None]


class NoKey(ValueError):
    """The items of a list do not have the headers that a declaration takes for their key."""


class LiveTable:
    """One table of one server.

    A list is not a moment: events come while it is on its way. So they are also written into a
    journal, and replayed on the new rows before these take the place of the old ones. Asterisk makes
    lists and events in different threads, so a list can also be a little older than the events before
    it: a key that an event has just removed does not come back, one that it has just made stays.

    Times are Unix times (s), given by the caller.
    """

    def __init__(self, table: Table, headers: Iterable[str]) -> None:
        self.table = table
        self.rows: dict[Key, Row] = {}
        # What a reader keeps of the rows as they are now: the next change makes others, and forgets it.
        self.lent: Seen | None = None
        self.loaded = False  # whether a list was read since the session began
        self.version = 0
        # By header, the version in which it was last another one in any row; by "", in which rows were
        # others, or stood in another order. What is made of few headers need not be made anew so often.
        self.changed: dict[str, int] = {}
        self.clock_offset = 0.0  # how much the PBX's clock is ahead of ours (s)
        self.corrections: Counter[str] = Counter(dict.fromkeys(CORRECTIONS, 0))
        self._watchers: list[tuple[frozenset[str], Watcher]] = []
        self._key = tuple(header.lower() for header in table.key)
        self._where = table.where
        self._kept = tuple(header.lower() for header in table.kept)
        self._compared = tuple(header.lower() for header in table.compared)
        condition = table.where.headers if table.where is not None else ()
        wanted = {*headers, *map(str.lower, condition), *self._key, *self._compared} - set(self._kept)
        self._timed = wanted & {AT, CLOCK}
        self._headers = tuple(sorted(wanted - {AT, CLOCK}))
        self._shapes = {table: Shape(table, self._headers)}
        self.rules = tuple(
            Rule(live, self._key, (*self._headers, *self._set_by(live))) for live in table.live
        )
        self._journal: list[tuple[Rule, Mapping[str, str], float]] | None = None
        self._suspects: dict[Key, tuple[Correction, float]] = {}
        self._born: dict[Key, float] = {}  # by events, and when
        self._gone: dict[Key, float] = {}

    def _set_by(self, live: Live) -> set[str]:
        """What only events set, and this one under another name; kept also while nobody reads it yet."""
        return {header.lower() for header in live.rename} & set(self._kept)

    def watch(self, headers: Iterable[str], watcher: Watcher) -> None:
        """Tell it of rows, as (before, after, now), that come, go or change in one of these headers."""
        self._watchers.append((frozenset(headers), watcher))

    # -- events --------------------------------------------------------------------------------

    def apply(self, rule: Rule, fields: Mapping[str, str], now: float) -> None:
        """Take in an event, by its rule."""
        if rule.holds is not None and not rule.holds(fields):
            return
        if self._journal is not None:
            self._journal.append((rule, fields, now))
        if not self.loaded:
            return
        if self.lent is not None:
            self.rows, self.lent = dict(self.rows), None
        key, before, after, changed = self._set(self.rows, rule, fields, now)
        if self._suspects:
            self._suspects.pop(key, None)
        if rule.does == "remove":
            if before is not None or self._journal is not None:
                self._gone[key] = now
            self._born.pop(key, None)
        elif before is None and after is not None:
            self._born[key] = now
            self._gone.pop(key, None)
        if before is after:
            return
        self.version += 1
        for header in changed or ("",):
            self.changed[header] = self.version
        for headers, watcher in self._watchers:
            if not changed or not headers.isdisjoint(changed):
                watcher(before, after, now)

    def _set(
        self, rows: dict[Key, Row], rule: Rule, fields: Mapping[str, str], now: float
    ) -> tuple[Key, Row | None, Row | None, Collection[str]]:
        """Let an event change the rows: of which key, from what to what, and in which headers if it stays."""
        try:
            key: Key = tuple([fields[header] for header in rule.key])
        except KeyError:
            return (), None, None, ()
        before = rows.get(key)
        if rule.does == "remove":
            return key, rows.pop(key, None), None, ()
        if before is None and rule.does == "update":
            return key, None, None, ()  # it is not known yet, or not any more
        known = {} if before is None else before
        told: dict[str, Value] = {
            header: fields[name]
            for header, name in rule.headers
            if name in fields and fields[name] != known.get(header)
        }
        if rule.sets:
            told |= {header: value for header, value in rule.sets if value != known.get(header)}
        if before is not None and not told and (rule.does == "update" or not self._timed):
            return key, before, before, ()
        row: dict[str, Value] = {**known, **told}
        if self._where is not None and not self._where.holds(row):
            rows.pop(key, None)
            return key, before, None, ()
        if rule.does == "create":
            self._stamp(row, now)
            told |= dict.fromkeys(self._timed, now)
        rows[key] = row
        return key, before, row, () if before is None else told

    def _stamp(self, row: dict[str, Value], now: float) -> None:
        """Write into a row when it was made, if that is read."""
        if AT in self._timed:
            row[AT] = now
        if CLOCK in self._timed:
            row[CLOCK] = now + self.clock_offset

    # -- lists ---------------------------------------------------------------------------------

    def whole(self, items: Iterable[Mapping[str, str]], table: Table | None = None) -> bool:
        """Whether every item of a list has its key; a caller's empty line can cut one short.

        Args:
            table: as for `swap`.

        Raises NoKey if none of several has it.
        """
        shape = self._shape(table)
        broken = [shape.broken(item) for item in items]
        if len(broken) > 1 and all(broken):
            raise NoKey(f"no item has the headers {', '.join(shape.told_key)}")
        return not any(broken)

    def _shape(self, table: Table | None) -> Shape:
        table = table or self.table
        if table not in self._shapes:
            self._shapes[table] = Shape(table, self._headers)
        return self._shapes[table]

    def begin(self, now: float) -> None:
        """A list was asked for: keep a journal from now on."""
        self._journal = []
        self._forget_old(now)

    def _forget_old(self, now: float) -> None:
        for recent in (self._born, self._gone):
            for key in [key for key, at in recent.items() if at < now - self.table.slack]:
                del recent[key]

    def give_up(self) -> None:
        """The list failed or was cut: the old rows stay."""
        self._journal = None

    def swap(self, items: Iterable[Mapping[str, str]], now: float, table: Table | None = None) -> None:
        """The list is whole: put its rows in the place of the old ones.

        Args:
            table: how this list tells the rows, if it is another one than the table's own.
        """
        old, new, shape = self.rows, dict[Key, Row](), self._shape(table)
        for fields in items:
            row = shape.row(fields)
            key = shape.key(row)
            if key is None or not shape.counts(row):
                continue
            self._stamp(row, now)
            if self._kept and (before := old.get(key)) is not None:
                row.update((header, before[header]) for header in self._kept if header in before)
            new[key] = row
        for key in self._gone:
            new.pop(key, None)
        for key in self._born:
            if key in old:
                new.setdefault(key, old[key])
        for rule, fields, at in self._journal or ():
            self._set(new, rule, fields, at)
        self._journal = None
        if self.loaded and self.table.live:
            self._compare(old, new, now)
        self.version += 1
        if list(old) == list(new):
            for before, after in zip(old.values(), new.values(), strict=True):
                if before != after:
                    self._mark(before, after)
        else:
            self.changed[""] = self.version
        self.rows, self.lent = new, None
        self.loaded = True

    def _mark(self, before: Row, after: Row) -> None:
        """See which headers of a row are others in this version."""
        changed, version = self.changed, self.version
        for header in after:
            if changed.get(header) != version and before.get(header) != after[header]:
                changed[header] = version
        if before.keys() != after.keys():  # what is not there any more
            changed.update(dict.fromkeys(before.keys() - after.keys(), version))

    def drop(self) -> None:
        """The session is over: nothing is known any more."""
        self.rows, self.lent = {}, None
        self.loaded = False
        self.version += 1
        self.changed[""] = self.version
        self._journal = None
        for known in (self._suspects, self._born, self._gone):
            known.clear()

    def take_over(self, before: LiveTable) -> None:
        """Go on with the rows of an earlier table, if they have what is read of them now."""
        self.corrections, self.clock_offset = before.corrections, before.clock_offset
        if (self._headers, self._timed) == (before._headers, before._timed):
            # The old one may still hear something, and is still read by a page on its way.
            self.rows, self.lent = dict(before.rows), None
            self.loaded, self.version, self.changed = before.loaded, before.version, before.changed.copy()
            self._suspects = before._suspects.copy()
            self._born, self._gone = before._born.copy(), before._gone.copy()

    # -- the proof -----------------------------------------------------------------------------

    def _compare(self, old: dict[Key, Row], new: dict[Key, Row], now: float) -> None:
        due = now + self.table.slack
        for key in new.keys() - old.keys():
            self._suspects.setdefault(key, ("missing", due))
        for key in old.keys() - new.keys():
            self._suspects.setdefault(key, ("ghost", due))
        for key in new.keys() & old.keys():
            before, after = old[key], new[key]
            if any(before.get(header) != after.get(header) for header in self._compared):
                self._suspects.setdefault(key, ("changed", due))

    def settle(self, now: float) -> list[tuple[Correction, Key]]:
        """Count what no event has explained in time; return it."""
        if not (self._suspects or self._born or self._gone):
            return []
        if self._journal is None:
            self._forget_old(now)
        settled = [(kind, key) for key, (kind, due) in self._suspects.items() if due <= now]
        for kind, key in settled:
            del self._suspects[key]
            self.corrections[kind] += 1
        return settled


class Rule:
    """A live rule with its names looked up once."""

    __slots__ = ("does", "event", "headers", "holds", "key", "reads", "sets")

    def __init__(self, live: Live, key: tuple[str, ...], headers: tuple[str, ...]) -> None:
        names = {header.lower(): name.lower() for header, name in live.rename.items()}
        self.event = live.event
        self.does = live.does
        self.holds = live.where.holds if live.where is not None else None
        self.key = tuple(names.get(header, header) for header in key)
        self.sets = tuple((header.lower(), value) for header, value in live.sets.items())
        # What a rule sets, an event cannot say otherwise: a caller may have put it there.
        taken = [header for header in headers if header not in dict(self.sets)]
        self.headers = tuple((header, names.get(header, header)) for header in taken)
        self.reads = (
            *self.key,
            *(name for _, name in self.headers),
            *(live.where.headers if live.where else ()),
        )
