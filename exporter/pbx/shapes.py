"""How the items of a list become rows of a table, whichever list it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from exporter.metrics.readers import Value
from exporter.metrics.sources import Table

Key: TypeAlias = tuple[str, ...]


class Shape:
    """A table's declaration with its names looked up once.

    Args:
        headers: what is kept of a row, in lower case.
    """

    def __init__(self, table: Table, headers: Iterable[str]) -> None:
        headers = set(headers)
        names = {header.lower(): name.lower() for header, name in table.rename.items()}
        made = {header.lower(): reader for header, reader in table.reads.items()}
        self._made = tuple((header, reader) for header, reader in made.items() if header in headers)
        self._taken = tuple((header, names.get(header, header)) for header in sorted(headers - made.keys()))
        self._key = tuple(header.lower() for header in table.key)
        self._where = table.where
        self.told_key = tuple(names.get(header, header) for header in self._key if header not in made)

    def row(self, fields: Mapping[str, str]) -> dict[str, Value]:
        """The row that an item is."""
        row: dict[str, Value] = {header: fields[name] for header, name in self._taken if name in fields}
        for header, reader in self._made:
            if (value := reader.label(fields)) is not None:
                row[header] = value
        return row

    def key(self, row: Mapping[str, Value]) -> Key | None:
        """The key of a row; None if a header of it is missing."""
        key = tuple([str(row[header]) for header in self._key if header in row])
        return key if len(key) == len(self._key) else None

    def broken(self, fields: Mapping[str, str]) -> bool:
        """Whether an item lacks a header of its key."""
        return not all(name in fields for name in self.told_key)

    def counts(self, row: Mapping[str, Value]) -> bool:
        """Whether the table keeps such a row."""
        return self._where is None or self._where.holds(row)
