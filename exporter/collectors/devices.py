"""Devices and the hints of extensions: the state that each is in, as phones with busy lamps see it."""

from exporter.metrics import (
    Choice,
    Collector,
    Events,
    Is,
    Live,
    Matches,
    Not,
    Part,
    Poll,
    Table,
    Text,
    counter,
    gauge,
)
from exporter.metrics.readers import LabelReader

# As they are spelled by events and lists, and by whatever shows them to people.
STATES = {
    "UNKNOWN": "unknown",
    "Unknown": "unknown",
    "NOT_INUSE": "not_in_use",
    "Not in use": "not_in_use",
    "INUSE": "in_use",
    "In use": "in_use",
    "BUSY": "busy",
    "Busy": "busy",
    "INVALID": "invalid",
    "Invalid": "invalid",
    "UNAVAILABLE": "unavailable",
    "Unavailable": "unavailable",
    "RINGING": "ringing",
    "Ringing": "ringing",
    "RINGINUSE": "ring_in_use",
    "Ring+Inuse": "ring_in_use",
    "ONHOLD": "on_hold",
    "On Hold": "on_hold",
}

# enum ast_extension_states: bits, of which only these come together.
EXTENSION_STATES = {
    "0": "idle",
    "1": "in_use",
    "2": "busy",
    "4": "unavailable",
    "8": "ringing",
    "9": "ring_in_use",
    "16": "on_hold",
    "17": "in_use_on_hold",
}
GONE = Is("Status", ("-1", "-2"))  # the hint was removed, or deactivated

# Local channels, and those that Asterisk makes for itself, change the state of devices that it does not
# keep, nor list. So do strangers who call by SIP or are called by IAX2, named by their address, and calls by
# ISDN (DAHDI/i1/5551234): an event of a device with such a name makes no row, a list does.
kept = Not(Matches("Device", "(Local|CBAnn|CBRec|Announcer|Recorder|Message|Surrogate)/.*"))
lasting = Matches("Device", "PJSIP/.*|[^/:]+/[^/.]+|[^/:]+:.*")

devices = Table(
    "devices",
    "DeviceStateChange",
    key=("Device",),
    where=kept,
    live=(
        Live("DeviceStateChange", "create", where=lasting),
        Live("DeviceStateChange", "update", where=Not(lasting)),
    ),
    compared=("State",),
)
extensions = Table(
    "extensions",
    "ExtensionStatus",
    key=("Exten", "Context"),
    live=(
        Live("ExtensionStatus", "create", where=Not(GONE)),
        Live("ExtensionStatus", "remove", where=GONE),
    ),
    compared=("Status",),
)

# PJSIP/6001, Queue:support: what stands before the name, as Asterisk writes it.
of_device: dict[str, LabelReader | str] = {
    "technology": Part("Device", "([A-Za-z0-9_]+)[/:]"),
    "state": Choice("State", STATES, other="unknown"),
}

COLLECTOR = Collector(
    name="devices",
    help=__doc__,
    reads=("call",),
    polls=(
        Poll("DeviceStateList", fills=(devices,)),
        # The list holds the lock that every hint needs, and events keep it fresh.
        Poll("ExtensionStateList", fills=(extensions,), every=300),
    ),
    interval=60,
    families=(
        gauge(
            "device_states",
            "Devices by technology and state; from DeviceStateList, kept live by DeviceStateChange. Technologies "
            "are those of channels (PJSIP) and of what else has a state: Queue, Agent, Custom, MWI (in_use: a "
            "message waits), park, confbridge. Local channels, and those that Asterisk makes for itself, have none.",
            devices,
            of_device,
            over=devices,
        ),
        gauge(
            "extension_states",
            "Extensions with a hint, by dialplan context and state; from ExtensionStateList, field Status, kept live "
            "by ExtensionStatus.",
            extensions,
            {"context": Text("Context"), "state": Choice("Status", EXTENSION_STATES)},
            over=extensions,
        ),
        counter(
            "device_state_changes_total",
            "Changes of a device's state, by the state that it came to; from DeviceStateChange. Local channels, and "
            "those that Asterisk makes for itself, are left out.",
            Events("DeviceStateChange"),
            of_device,
            where=kept,
            over=devices,
        ),
    ),
)
