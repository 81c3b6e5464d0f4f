"""Voicemail: how many messages wait in the mailboxes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pydantic import Field

from exporter.metrics import (
    Choice,
    Collector,
    Each,
    Fold,
    Machine,
    Number,
    Open,
    Options,
    Poll,
    Seed,
    Site,
    Table,
    Text,
    gauge,
)
from exporter.metrics.folds import Told
from exporter.metrics.options import Pattern, Word, chosen
from exporter.metrics.readers import Condition, Row


class VoicemailOptions(Options):
    """Options of the collector voicemail."""

    mailboxes: tuple[Word, ...] = ()
    """Mailboxes (6001@default) that are asked for one by one. Without any: all, which Asterisk has to scan."""
    per_mailbox: bool = False
    """Metrics for each mailbox."""
    include: tuple[Pattern, ...] = ()
    """Regular expressions; mailboxes whose whole name (6001@default) matches one are shown. Without any: all."""
    exclude: tuple[Pattern, ...] = ()
    """Regular expressions; mailboxes whose whole name matches one are not shown, even if included."""
    aliases: dict[Word, Word] = Field(default_factory=dict)
    """Names to show instead of a mailbox's number, by its whole name (6001@default)."""

    @property
    def shown(self) -> Condition | None:
        """Which mailboxes are shown one by one; None: all."""
        return chosen("Address", self.include, self.exclude)


@dataclass(frozen=True)
class Named(Text):
    """The number of a mailbox, or what `names` calls its address."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, "Address")

    def label(self, row: Row) -> str | None:
        """The mailbox."""
        return self.names.get(str(row.get("address")), super().label(row))


# An urgent message is a new one: the list counts it so, MailboxCount does not.
LISTED = ("VMContext", "VoiceMailbox", "NewMessageCount", "OldMessageCount")
COUNTED = ("Mailbox", "UrgMessages", "NewMessages", "OldMessages")
TOLD = ("Mailbox", "New", "Old")  # by the event
listed = Table("voicemail_mailboxes", "VoicemailUserEntry", key=("VMContext", "VoiceMailbox"))
counted = Table("voicemail_mailboxes", key=("Mailbox",))


class Messages(Machine):
    """The messages of the mailboxes that were listed, kept fresh by MessageWaiting: a row for each folder."""

    def __init__(self) -> None:
        self._boxes: dict[str, dict[str, float]] = {}  # of the last list

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:
        """Messages have come, were heard or deleted."""
        address = fields.get("mailbox", "")
        if address in self._boxes and "new" in fields and "old" in fields:
            self._boxes[address] = {"new": _count(fields, "new"), "old": _count(fields, "old")}
        return ()

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterable[Told]:
        """All mailboxes were scanned, or those counted that have a name."""
        self._boxes = {
            _address(row): {
                "new": _count(row, "newmessagecount", "newmessages", "urgmessages"),
                "old": _count(row, "oldmessagecount", "oldmessages"),
            }
            for row in rows
        }
        return ()

    def rows(self, what: str) -> Iterable[Row]:
        """A row for each folder of each mailbox."""
        for address, folders in self._boxes.items():
            mailbox, _, context = address.partition("@")
            for folder, count in folders.items():
                yield {
                    "address": address,
                    "mailbox": mailbox,
                    "context": context,
                    "folder": folder,
                    "count": count,
                }

    def forget(self) -> None:
        """The session is over."""
        self._boxes = {}


def _address(row: Row) -> str:
    if "voicemailbox" in row:
        return f"{row['voicemailbox']}@{row['vmcontext']}"
    mailbox, _, context = str(row["mailbox"]).partition("@")
    return f"{mailbox}@{context or 'default'}"


def _count(row: Row, *names: str) -> float:
    texts = [str(row.get(name, "")) for name in names]
    return float(sum(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10))


of_list = Fold("voicemail_messages", ("MessageWaiting",), TOLD, Messages, (Seed(listed, LISTED),))
of_counts = Fold("voicemail_messages", ("MessageWaiting",), TOLD, Messages, (Seed(counted, COUNTED),))
folder = Choice("Folder", {"new": "new", "old": "old"})


def declare(options: VoicemailOptions, site: Site) -> Collector:
    """The collector as the options want it."""
    table, fold = (counted, of_counts) if options.mailboxes else (listed, of_list)
    each = Each("Mailbox", names=options.mailboxes)
    source = "MailboxCount" if options.mailboxes else "VoicemailUsersList"
    families = [
        gauge("voicemail_mailboxes", f"Mailboxes that are counted; from {source}.", table),
        gauge(
            "voicemail_messages",
            f"Messages by voicemail context and folder: new (not heard, urgent ones too), old; from {source}, kept "
            "live by MessageWaiting.",
            Open(fold, "messages"),
            {"context": "Context", "folder": folder},
            Number("Count"),
            take="sum",
        ),
    ]
    if options.per_mailbox:
        families.append(
            gauge(
                "voicemail_mailbox_messages",
                f"Messages by mailbox and folder: new (not heard, urgent ones too), old; from {source}, kept live by "
                "MessageWaiting.",
                Open(fold, "messages"),
                {"context": "Context", "mailbox": Named("Mailbox", names=options.aliases), "folder": folder},
                Number("Count"),
                take="sum",
                where=options.shown,
            )
        )
    poll = Poll("MailboxCount", (table,), each=each) if options.mailboxes else Poll(source, (table,))
    return Collector(
        name="voicemail",
        help=__doc__ or "",
        reads=("call",),
        polls=(poll,),
        interval=300,
        default=False,
        families=tuple(families),
        options=VoicemailOptions,
        declare=declare,
    )


COLLECTOR = declare(VoicemailOptions(), Site())
