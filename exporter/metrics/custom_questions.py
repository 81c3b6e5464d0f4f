"""The tables and polls of a custom entry, and the events that it listens to."""

from __future__ import annotations

import re
from dataclasses import replace

from exporter.ami.actions import READ_FUNCTIONS, READING, SHOW_COMMANDS, only_reads, reading
from exporter.metrics.collector import Collector
from exporter.metrics.custom_readers import Data, condition
from exporter.metrics.custom_sources import Borrowed, Mistakes, Path
from exporter.metrics.eventclasses import CLASS_OF, CLASSES, DIALPLAN
from exporter.metrics.sources import Each, Live, Poll, Table

_OURS = ("action", "actionid")  # headers of an action that we set
_MOST = 900  # bytes of an action: Asterisk takes 1,024 a packet


class Questions:
    """Reads the keys `poll`, `polls`, `tables` and `read` of an entry."""

    def __init__(self, data: Data, borrowed: Borrowed, wrong: Mistakes) -> None:
        self._borrowed = borrowed
        self._wrong = wrong
        self._given = data.get("read", ())
        self._classes = set[str](self._given)
        self._tables = {
            name: self._table(name, spec, ("tables", name)) for name, spec in data.get("tables", {}).items()
        }
        one = [(("poll",), data["poll"])] if "poll" in data else []
        several = [(("polls", index), spec) for index, spec in enumerate(data.get("polls", ()))]
        specs: list[tuple[Path, Data]] = [*one, *several]
        fills = self._fills(specs)
        made = [self._poll(spec, tables, path) for (path, spec), tables in zip(specs, fills, strict=True)]
        self.polls = tuple(poll for poll in made if poll)
        for (path, _), poll in zip(specs, made, strict=True):
            if poll and poll.each and poll.each.of and self._circular(poll):
                self._wrong.add((*path, "for_each", poll.each.param), "only this question brings these rows")

    def table(self, name: str, path: Path) -> Table | None:
        """The table of that name: the entry's own, or one of a built-in collector."""
        if name in self._tables:
            return self._tables[name]
        tables = self._borrowed.tables
        if name not in tables:
            self._wrong.add(path, "unknown table", name, [*self._tables, *tables])
            return None
        self._borrowed.take(tables[name])
        return tables[name]

    def groups(self, table: Table) -> set[str]:
        """All headers that rows of lines have, in lower case; none for other tables."""
        polls = [
            poll for poll in self.polls if poll.action == "Command" and table.lines and table in poll.fills
        ]
        return set[str]().union(*(_groups(table, poll) for poll in polls))

    def event(self, name: str, path: Path) -> None:
        """Note that an event is wanted."""
        spelling = next((known for known in (*CLASS_OF, *DIALPLAN) if known.lower() == name.lower()), name)
        if name != spelling:  # a filter minds capitals
            self._wrong.add(path, "unknown event:", name, [spelling])
        elif name in CLASS_OF:
            self._classes.add(CLASS_OF[name])
        elif name in DIALPLAN:
            self._wrong.add(path, f"{name} is not to be had: such events come with each step of each call")
        elif not self._given:
            self._wrong.add(
                path, "unknown event (if there is one, name its read class with `read`):", name, CLASS_OF
            )

    def listening(self, collector: Collector) -> Collector:
        """The collector with the read classes of all its events."""
        classes = self._classes | self._borrowed.classes
        return replace(collector, reads=tuple(name for name in CLASSES if name in classes))

    # -- tables --------------------------------------------------------------------------------

    def _table(self, name: str, spec: Data, path: Path) -> Table:
        if name in self._borrowed.tables:
            text = f"there is a built-in table {name!r}: use it without declaring it, or take another name"
            self._wrong.add(path, text)
        rules = []
        for index, live in enumerate(spec.get("live", ())):
            self.event(live["event"], (*path, "live", index, "event"))
            rest = {key: value for key, value in live.items() if key not in ("event", "where")}
            rules.append(Live(live["event"], where=condition(live.get("where", {})), **rest))
        rest = {key: value for key, value in spec.items() if key not in ("live", "where")}
        return Table(name, where=condition(spec.get("where", {})), live=tuple(rules), **rest)

    def _fills(self, specs: list[tuple[Path, Data]]) -> list[list[Table]]:
        """The tables that each poll fills: those that it names, else all that it can fill."""
        fills: list[list[Table]] = [[] for _ in specs]
        named = {name for _, spec in specs for name in spec.get("fills", ())}
        for path, spec in specs:
            for name in spec.get("fills", ()):
                if name not in self._tables:
                    self._wrong.add((*path, "fills"), "unknown table", name, self._tables)
        for name, table in self._tables.items():
            if name in named:
                able = [index for index, (_, spec) in enumerate(specs) if name in spec.get("fills", ())]
            else:
                free = [index for index, (_, spec) in enumerate(specs) if "fills" not in spec]
                able = free if len(specs) == 1 else [i for i in free if _can_fill(specs[i][1], table)]
            if len(able) != 1:
                polls = "no poll fills this table" if not able else "several polls fill this table"
                hint = "" if named or not able else ": say which with `fills`"
                self._wrong.add(("tables", name), polls + hint)
            for index in able:
                fills[index].append(table)
        return fills

    # -- polls ---------------------------------------------------------------------------------

    def _poll(self, spec: Data, fills: list[Table], path: Path) -> Poll | None:
        command = spec.get("command")
        known = reading("Command" if command else spec["action"])
        if known is None:
            actions = [each.name for each in READING.values()]
            self._wrong.add((*path, "action"), "not one of the reading actions:", spec["action"], actions)
            return None
        params = (("Command", command),) if command else tuple(spec.get("params", {}).items())
        poll = Poll(known.name, tuple(fills), params, self._each(spec, path), spec.get("every"))
        self._only_reads(poll, spec, path)
        for table in fills:
            self._fits(poll, known.items, table)
        return poll

    def _each(self, spec: Data, path: Path) -> Each | None:
        for param, things in spec.get("for_each", {}).items():
            if not isinstance(things, str):
                return Each(param, names=tuple(things))
            name, _, header = things.partition(".")
            table = self.table(name, (*path, "for_each", param))
            return Each(param, of=table, header=header) if table else None
        return None

    def _circular(self, poll: Poll) -> bool:
        """Whether what it asks for is known only after it was asked."""
        table = poll.each.of if poll.each else None
        for _ in self.polls:
            filling = next((other for other in self.polls if table in other.fills), None)
            if filling is poll:
                return True
            table = filling.each.of if filling and filling.each else None
        return False

    def _only_reads(self, poll: Poll, spec: Data, path: Path) -> None:
        """What is asked must be sure to change nothing, and fit into an action."""
        command = spec.get("command")
        each = poll.each
        names: tuple[str, ...] = ("x",) if each and each.of else each.names if each else ()
        asked = [(*poll.params, (each.param, name)) for name in names] if each else [poll.params]
        where = (*path, "command") if command else path
        if command and not all(only_reads(poll.action, params) for params in asked):
            self._wrong.add(where, "not one of the show commands that may be asked:", command, SHOW_COMMANDS)
        elif not all(only_reads(poll.action, params) for params in asked):
            functions = ", ".join(READ_FUNCTIONS)
            what = {"Getvar": f"asks for a Variable, one of the functions {functions}, and no Channel"}
            text = what.get(poll.action, "asks show commands alone, in `command`")
            self._wrong.add((*path, "action"), f"{poll.action} {text}")
        given = [(key, param) for key in ("params", "for_each") for param in spec.get(key, ())]
        names_given = [param.lower() for _, param in given]
        for key, param in given:
            if names_given.count(param.lower()) > 1:
                self._wrong.add((*path, key, param), f"the parameter {param} stands here twice")
        for key in ("params", "for_each"):
            for param in spec.get(key, ()):
                if param.lower() in _OURS:
                    text = f"{param} is no parameter: the exporter sets it itself"
                    self._wrong.add((*path, key, param), text)
        if any(
            sum(len(f"{name}: {value}".encode()) + 2 for name, value in params) > _MOST for params in asked
        ):
            self._wrong.add(where, f"longer than the {_MOST} bytes that an action has room for")

    def _fits(self, poll: Poll, items: tuple[str, ...], table: Table) -> None:
        """The answer must be able to fill the table."""
        path: Path = ("tables", table.name)
        if poll.action == "Command":
            if not table.lines:
                self._wrong.add(path, "a command answers with lines: this table needs `lines`")
        elif table.lines:
            self._wrong.add((*path, "lines"), "only a command answers with lines")
        elif table.event and table.event not in items:
            text = f"{poll.action} answers with no event"
            self._wrong.add((*path, "event"), text, table.event, items)
        elif items and not table.event:
            self._wrong.add(path, f"{poll.action} answers with a list: name its `event`: {', '.join(items)}")
        if (table.event or poll.each) and not table.key:
            self._wrong.add(path, "several rows need a `key`: the headers that tell them apart")
        if table.lines:
            for header in table.key:
                if header.lower() not in _groups(table, poll):
                    self._wrong.add((*path, "key"), f"the lines have no group {header!r}")


def _groups(table: Table, poll: Poll) -> set[str]:
    """All headers that a table's lines can have, in lower case."""
    params = [name for name, _ in poll.params] + ([poll.each.param] if poll.each else [])
    return {name.lower() for name in (*re.compile(table.lines).groupindex, *params)}


def _can_fill(spec: Data, table: Table) -> bool:
    if "command" in spec:
        return bool(table.lines)
    known = reading(spec["action"])
    if known is None or table.lines:
        return False
    return table.event in known.items if table.event else not known.items
