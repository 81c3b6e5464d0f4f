"""Which events are shown: by name, and by the values of headers; no IO."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from exporter.ami import Message
from exporter.console.requests import Mistake


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Lets through an event with one of the names, and with every header; without names, of any name."""

    names: tuple[re.Pattern[str], ...] = ()
    headers: tuple[tuple[str, re.Pattern[str]], ...] = ()

    @classmethod
    def parse(cls, words: Iterable[str]) -> EventFilter:
        """From words such as ``QueueCaller.*`` and ``Queue=support``.

        They are regular expressions that match all of a name, in any case, or all of a value. Raises Mistake.
        """
        names, headers = [], []
        for word in words:
            header, equals, value = word.partition("=")
            try:
                if equals:
                    headers.append((header, re.compile(value)))
                else:
                    names.append(re.compile(word, re.IGNORECASE))
            except re.error as error:
                raise Mistake(f"{word!r} is no regular expression: {error}") from None
        return cls(tuple(names), tuple(headers))

    def passes(self, event: Message) -> bool:
        """Whether the event is shown."""
        name = event.name
        return (not self.names or any(pattern.fullmatch(name) for pattern in self.names)) and all(
            any(map(pattern.fullmatch, event.all(header))) for header, pattern in self.headers
        )
