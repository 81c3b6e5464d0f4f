"""One console: does what is typed, and shows what comes."""

from __future__ import annotations

from pathlib import Path

from exporter.ami import Action, ActionFailed, AMIError, ConnectionFailed, Recorder
from exporter.ami.login import masking
from exporter.config import Server
from exporter.console.events import EventFilter
from exporter.console.feed import Feed
from exporter.console.line import Line
from exporter.console.requests import Mistake, Word, check, is_command, parse
from exporter.console.screen import Screen
from exporter.console.show import Style, plain
from exporter.console.vocabulary import Vocabulary

# Answered; answered with an error; not understood, not allowed, or no answer.
OK, REFUSED, BAD = 0, 1, 2

HELP = """\
CoreStatus                           an action: it begins with a capital
QueueStatus Queue=support            one with a header; quotes go around values with spaces
core show channels                   a command of Asterisk's CLI
events on                            live events: all that the user may read
events on QueueCaller.* Queue=sales  only these; names and values are regular expressions
events off                           no more
help QueueStatus                     what an action, or a command, does
reconnect                            log in again
quit                                 or Ctrl-D"""


class Console:
    """A console to a server.

    Args:
        allow_writes: also do what may change something on the PBX.
        record: a file for all that goes over the line until it is lost.
        timeout: seconds that Asterisk may take for an answer.

    Raises OSError if the record cannot be written.
    """

    def __init__(
        self,
        server: Server,
        style: Style,
        screen: Screen,
        *,
        allow_writes: bool = False,
        record: Path | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.server = server
        self.style = style
        self.screen = screen
        self.vocabulary = Vocabulary(everything=allow_writes)
        self.lost: ConnectionFailed | None = None  # why there is no session any more
        self.feed = Feed(style, screen, Recorder(record) if record else None)
        self._allow_writes = allow_writes
        self._line = Line(
            on_packet=self.feed.packet, on_event=self.feed.event, on_lost=self._lost, timeout=timeout
        )

    def connect(self) -> str:
        """Log in, and have events come again if they are shown; the AMI version. Raises ConnectionFailed."""
        self.feed.logged_in, self.lost = False, None
        version = self._line.connect(self.server.endpoint(), self.server.credentials())
        self.feed.logged_in = True
        if self.feed.filter is not None:
            self._line.ask(masking("on"))
        return version

    def end(self) -> None:
        """Log off."""
        unbelieved = self._line.end()
        if unbelieved and self.style.format != "raw":
            self.complain(
                f"packets that cannot be believed, and are not shown: {unbelieved}; --raw shows them"
            )
        self.feed.close()

    def do(self, text: str) -> int:
        """Do what a line says; an exit code. Raises EOFError to quit."""
        try:
            request = parse(text)
            if isinstance(request, Word):
                self._obey(request)
                return OK
            if not self._allow_writes:
                check(request)
            return self._ask(request)
        except (Mistake, AMIError) as error:
            self.complain(str(error))
            answered = isinstance(error, ActionFailed) and error.reason in ("error", "denied", "unknown")
            return REFUSED if answered else BAD

    def watch(self, events: EventFilter, count: int | None = None) -> None:
        """Show these events from now on, and so many at most. Raises ActionFailed."""
        self.feed.filter, self.feed.left = events, count
        self._line.ask(masking("on"))

    def complain(self, *lines: str) -> None:
        """Tell bad news."""
        self.screen.complain(self.style.error(*lines))

    def learn(self) -> None:
        """Learn what can be asked here, for completion. Raises ActionFailed."""
        self.vocabulary.learn_actions(self._line.ask(Action("ListCommands")).response)
        if "Command" in self.vocabulary.actions:
            self.vocabulary.learn_commands(self._printed("core show help"))

    # -- words to the console ----------------------------------------------------------------------

    def _obey(self, word: Word) -> None:
        if word.name == "quit":
            raise EOFError
        if word.name == "reconnect":
            self.feed.close()  # a recording is of one session
            self.screen.say(f"logged in, AMI {self.connect()}")
        elif word.name == "events":
            self._events(word.rest)
        else:
            self._help(" ".join(word.rest))

    def _events(self, rest: tuple[str, ...]) -> None:
        if rest[:1] == ("on",):
            self.watch(EventFilter.parse(rest[1:]))
        elif rest == ("off",):
            self.feed.filter = None
            self._line.ask(masking("off"))
        else:
            raise Mistake("events on [NAME ...] [Header=value ...], or events off")

    def _help(self, what: str) -> None:
        if not what:
            self.screen.say(HELP)
        elif is_command(what):
            self.screen.say("\n".join(map(plain, self._printed(f"core show help {what}"))))
        else:
            try:
                shown = self._printed(f"manager show command {what}")
            except ActionFailed:  # the user may run no commands
                shown = []
            self.vocabulary.learn_headers(what, shown)
            self.screen.say("\n".join(map(plain, shown or self.vocabulary.explain(what))).strip())

    # -- questions ---------------------------------------------------------------------------------

    def _ask(self, action: Action) -> int:
        self.feed.expect(action.name)
        reply = self._line.ask(action)
        response = reply.response
        if reply.anomaly:
            self.complain(f"a part of this answer cannot be believed: {reply.anomaly}")
        if response.name == "Error" and response.output:  # of a CLI command that failed
            self.complain(*response.output)
            return REFUSED
        if self.style.format == "text" and not reply.items and not response.get("EventList"):
            self.screen.say(self.style.response(response))
        return OK

    def _printed(self, command: str) -> list[str]:
        """What a CLI command prints."""
        return self._line.ask(Action("Command", [("Command", command)])).response.output

    def _lost(self, why: ConnectionFailed) -> None:
        self.lost = why
        self.feed.close()
        self.complain(f"the line is lost: {why}")
        self.feed.ended.set()
