"""What comes over the line, shown and recorded as it comes; called in the thread of the line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from exporter.ami import Message, Packet, Recorder
from exporter.console.events import EventFilter
from exporter.console.screen import Screen
from exporter.console.show import Style


class Feed:
    """Shows the answer to what was asked, and the events that are wanted."""

    def __init__(self, style: Style, screen: Screen, recorder: Recorder | None) -> None:
        self.ended = threading.Event()  # all events that were wanted have come
        self.filter: EventFilter | None = None  # None: no event is shown
        self.left: int | None = None  # events to show before the end
        self.logged_in = False  # what goes over the line before is never shown
        self._style = style
        self._screen = screen
        self._recorder = recorder
        self._asked = ""  # the name of the action whose answer is shown
        self._mine = ""  # its ActionID, once it is sent
        self._items = 0  # of its list, so far

    def expect(self, action: str) -> None:
        """Show the answer to the next action of this name."""
        self._asked, self._mine, self._items = action.lower(), "", 0

    def packet(self, packet: Packet, greeting: str) -> None:
        """Take a packet of either direction."""
        self._record(packet, greeting)
        if not self.logged_in:
            return
        message = packet.message
        action_id = message.get("ActionID") or ""
        if packet.sent and message.name.lower() == self._asked:
            self._asked, self._mine = "", action_id
        if self._style.format == "raw":
            if packet.sent or action_id or message.kind != "Event":
                self._screen.say(self._style.raw(packet))
            else:
                self._show(message, lambda: self._style.raw(packet))
        elif action_id and action_id == self._mine and not packet.sent:
            self._answer(message)

    def event(self, event: Message) -> None:
        """Take an event that can be believed."""
        if self._style.format != "raw":
            at = time.time()
            self._show(event, lambda: self._style.event(event, at))

    def close(self) -> None:
        """End the recording."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            try:
                recorder.close()
            except OSError as error:
                self._screen.complain(self._style.error(f"the recording is not whole: {error}"))

    def _answer(self, message: Message) -> None:
        if self._style.format == "json":
            self._screen.say(self._style.item(message))
        elif (message.get("EventList") or "").lower() == "complete":
            self._screen.say(self._style.count(self._items))
        elif message.kind == "Event":
            self._items += 1
            self._screen.say(self._style.item(message))

    def _show(self, event: Message, write: Callable[[], str]) -> None:
        if self.filter is None or self.left == 0 or not self.filter.passes(event):
            return
        self._screen.offer(write)
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.ended.set()

    def _record(self, packet: Packet, greeting: str) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        try:
            recorder.write(packet, greeting)
        except (OSError, ValueError) as error:  # the disk is full; another thread has closed it
            self._screen.complain(self._style.error(f"the recording ends here: {error}"))
            self._recorder = None
