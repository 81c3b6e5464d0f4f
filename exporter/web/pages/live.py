"""What changes on a page, as a stream of server-sent events: only the pieces that are new to the listener."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import NamedTuple, TypeAlias

from exporter.web.pages.html import Html
from exporter.web.turns import Turns

PERIOD = 0.5  # s between looks at what is shown, while somebody listens
SHARE = 5  # looks take at most one part in so many of the time
HEARTBEAT = 15.0  # s of silence after which a sign of life is sent: proxies end what is silent


class Piece(NamedTuple):
    """A part of a page as it is now, and the revision since which it is so."""

    html: Html
    revision: int


Make: TypeAlias = Callable[[], Iterable[tuple[str, Html]]]
Listed: TypeAlias = Callable[[], list[str]]


class Feed:
    """The pieces of one page by their identifiers, made anew while somebody looks.

    Revisions go on rising when the exporter is started again: a page that was loaded before gets what is new.

    Args:
        make: makes the pieces.
        item: how the identifiers begin of pieces that are a list, of which a listener sees a part.
    """

    def __init__(self, make: Make, item: str = "") -> None:
        self.pieces: dict[str, Piece] = {}
        self.revision = int(time.time() * 1000)
        self._make = make
        self._item = item
        self._lock = asyncio.Lock()
        self._made = 0.0  # monotonic
        self._pause = PERIOD

    async def refresh(self) -> None:
        """Make the pieces, unless they have just been made."""
        async with self._lock:
            started = time.monotonic()
            if started < self._made + self._pause / 2:
                return
            revision, pieces, turns = self.revision + 1, dict[str, Piece](), Turns()
            for identifier, html in self._make():
                before = self.pieces.get(identifier)
                pieces[identifier] = before if before and before.html == html else Piece(html, revision)
                await turns.take()
            self.pieces, self.revision, self._made = pieces, revision, time.monotonic()
            self._pause = max(PERIOD, SHARE * (self._made - started))

    async def messages(self, after: int, listed: Listed | None = None) -> AsyncIterator[bytes]:
        """What is newer than a revision, for as long as somebody listens and there is something to show.

        Who reads slowly gets fewer messages: each holds what is new by then.

        Args:
            listed: the identifiers of the items that the listener sees, in their order.
        """
        order: list[str] | None = None
        said = 0.0
        while True:
            await self.refresh()
            if not self.pieces:
                return
            now = listed() if listed else None
            hidden = {key for key in self.pieces if self._item and key.startswith(self._item)} - set(
                now or ()
            )
            came = set(now or ()) - set(order or now or ())
            new = {
                key: piece.html
                for key, piece in self.pieces.items()
                if key not in hidden and (piece.revision > after or key in came)
            }
            data: dict[str, object] = {"pieces": new} if new else {}
            if now != order:
                data["order"] = order = now
            after = self.revision
            if data:
                yield f"id: {after}\ndata: {json.dumps(data)}\n\n".encode()
                said = time.monotonic()
            elif time.monotonic() - said > HEARTBEAT:
                yield b":\n\n"
                said = time.monotonic()
            await asyncio.sleep(self._pause)
