"""What is asked of PJSIP: lists with write=system, else device states and the values of single contacts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from exporter.collectors.folds.contacts import NAMES
from exporter.collectors.made import IfThere, Named
from exporter.metrics import All, Choice, Each, Is, Live, Matches, Not, Part, Poll, Table, Text
from exporter.metrics.readers import Condition, LabelReader

# The words of EndpointList, and the same of DeviceStateChange.
DEVICE_STATES = {
    "Unknown": "UNKNOWN",
    "Not in use": "NOT_INUSE",
    "In use": "INUSE",
    "Busy": "BUSY",
    "Invalid": "INVALID",
    "Unavailable": "UNAVAILABLE",
    "Ringing": "RINGING",
    "Ring+Inuse": "RINGINUSE",
    "On Hold": "ONHOLD",
}
ENDPOINT = ("PJSIP_ENDPOINT({},aors)",)
# Several AORs stand in one value, with a comma; the first one names the row.
OF_ENDPOINT: dict[str, LabelReader] = {"AOR": Part("Value", "([^,]*)"), "Asked": Text("Value", default="")}
AOR = ("PJSIP_AOR({},contact)",)
CONTACT = ("PJSIP_CONTACT({},status)", "PJSIP_CONTACT({},rtt)")
REGISTERED = "[^,]+;@[^,@]*"  # names of contacts: of one that has registered,
CONFIGURED = "[^,]+@@[^,@]*"  # and of one of the configuration


@dataclass(frozen=True)
class Asked:
    """The tables of PJSIP, and the polls that fill them."""

    endpoints: Table
    aors: Table
    names: Table  # of contacts, a row for each AOR
    contacts: Table  # that have registered
    statics: Table  # of the configuration, a row for each value
    subscriptions: Table
    polls: tuple[Poll, ...]


def asked(endpoints: Condition | None, aors: Condition | None) -> Asked:
    """What is asked, where only some endpoints and AORs are told of."""
    listed = Table(
        "pjsip_endpoints",
        "EndpointList",
        key=("Device",),
        reads={
            "Device": Named("ObjectName", "PJSIP/"),
            "Known": Text("ObjectName"),
            "State": Choice("DeviceState", DEVICE_STATES),
        },
        where=endpoints,
        live=(Live("DeviceStateChange"),),
        compared=("State",),
    )
    # Hints and queues can name a device that is no endpoint: it is invalid.
    devices: list[Condition] = [Matches("Device", "PJSIP/.+"), Not(Is("State", ("INVALID",)))]
    if endpoints:
        devices.append(endpoints)
    cached = replace(
        listed,
        event="DeviceStateChange",
        reads={"Known": Part("Device", "PJSIP/(.+)")},
        where=All(tuple(devices)),
    )
    named = Table(
        "pjsip_aors",
        "AorList",
        key=("AOR",),
        reads={"AOR": Text("ObjectName"), "Asked": IfThere("ObjectName", "Contacts")},
        where=aors,
    )
    names = Table(NAMES, key=("Variable",))
    contacts = Table("pjsip_contacts", "ContactList", key=("ObjectName",))
    statics = Table("pjsip_static_contacts", key=("ObjectName",), rename={"ObjectName": "Variable"})
    subscriptions = Table("pjsip_inbound_subscriptions", "InboundSubscriptionDetail", key=("Callid",))
    show_endpoints = Poll("PJSIPShowEndpoints", fills=(listed,))
    show_aors = Poll("PJSIPShowAors", fills=(named,))
    show_contacts = Poll("PJSIPShowContacts", fills=(contacts,))
    return Asked(
        listed,
        named,
        names,
        contacts,
        statics,
        subscriptions,
        polls=(
            show_endpoints,
            Poll("DeviceStateList", fills=(cached,), instead_of=show_endpoints),
            show_aors,
            Poll(
                "Getvar",
                fills=(replace(named, event="", reads=OF_ENDPOINT),),
                each=Each("Variable", of=listed, header="Known", forms=ENDPOINT),
                every=300.0,
                instead_of=show_aors,
            ),
            # To ask for an AOR or a contact that is not there puts a warning into Asterisk's log.
            Poll(
                "Getvar",
                fills=(names,),
                each=Each("Variable", of=named, header="Asked", find="[^,]+", forms=AOR),
            ),
            show_contacts,
            Poll(
                "Getvar",
                fills=(replace(contacts, event="", rename={"ObjectName": "Variable"}),),
                each=Each("Variable", of=names, header="Value", find=REGISTERED, forms=CONTACT),
                instead_of=show_contacts,
            ),
            # PJSIPShowContacts does not list what stands in the configuration.
            Poll(
                "Getvar",
                fills=(statics,),
                each=Each("Variable", of=names, header="Value", find=CONFIGURED, forms=CONTACT),
            ),
            Poll("PJSIPShowSubscriptionsInbound", fills=(subscriptions,), optional=True),
        ),
    )
