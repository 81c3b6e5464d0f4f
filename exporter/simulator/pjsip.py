"""The answers to the actions of PJSIP, and the values that Getvar tells of it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from exporter.simulator import wire
from exporter.simulator.company import TRUNKS
from exporter.simulator.devices import INUSE, NOT_INUSE, ONHOLD, RINGING, RINGINUSE, UNAVAILABLE
from exporter.simulator.endpoints import Contact
from exporter.simulator.requests import Request
from exporter.simulator.switch import Switch
from exporter.simulator.wire import Rows

# The words of EndpointList.
_WORDS = {
    NOT_INUSE: "Not in use",
    INUSE: "In use",
    RINGING: "Ringing",
    RINGINUSE: "Ring+Inuse",
    ONHOLD: "On Hold",
    UNAVAILABLE: "Unavailable",
}
_FUNCTION = re.compile(r"PJSIP_(?P<of>ENDPOINT|AOR|CONTACT)\((?P<name>.+),(?P<field>\w+)\)")


def _list(switch: Switch, request: Request, announcement: str, items: Rows, more: str = "") -> bytes:
    end = f"{items.name}Complete"
    return wire.listing(request.action_id, announcement, end, items, version=switch.version, more=more)


def _presented(switch: Switch, request: Request, what: str, items: Rows) -> bytes:
    announcement = f"A listing of {what} follows, presented as {items.name} events"
    return _list(switch, request, announcement, items)


def endpoints(switch: Switch, request: Request, _now: float) -> bytes:
    """Every endpoint and the state of its device."""
    rows = []
    for one in switch.company.endpoints:
        contact = switch.endpoints.contact(one)
        auths = ("", one.name) if one in TRUNKS else (one.name, "")
        reached = f"{one.name}/{contact.uri}," if contact else ""
        state = _WORDS[switch.devices.states[one.device]]
        rows.append(
            (
                *("endpoint", one.name, "", one.name, *auths),
                *(reached, state, str(switch.devices.channels(one.device))),
            )
        )
    return _presented(switch, request, "Endpoints", Rows("EndpointList", rows))


def aors(switch: Switch, request: Request, _now: float) -> bytes:
    """Every AOR, which has the name of its endpoint."""
    rows = []
    for one in switch.company.endpoints:
        contact = switch.endpoints.contact(one)
        reached = f"{one.name}/{contact.uri}" if contact else ""
        most, removes = ("0", "false") if one in TRUNKS else ("1", "true")
        rows.append(
            (
                *("aor", one.name, "60", "3600", "3.000000", "false", "", "false", "false", ""),
                *(most, "false", reached, "7200", "30", removes, ""),
            )
        )
    return _presented(switch, request, "AORs", Rows("AorList", rows))


def contacts(switch: Switch, request: Request, now: float) -> bytes:
    """Where endpoints have registered; what stands in the configuration is not among it."""
    known = [switch.endpoints.contact(one) for one in switch.company.endpoints]
    rows = [_contact(contact, now) for contact in known if contact and not contact.static]
    return _presented(switch, request, "Contacts", Rows("ContactList", rows))


def _contact(contact: Contact, now: float) -> tuple[str, ...]:
    name, where = contact.endpoint.name, urlsplit(contact.uri.replace("sip:", "sip://"))
    return (
        *("contact", contact.name, str(where.hostname), "3.000000", "false", f"{name}@phone.example.com"),
        *("", "no", "", name, str(where.port), "no", contact.uri, "30", "Phone 1.0"),
        *(str(int(now) + 1800), "", contact.status, str(contact.usec)),
    )


def registrations(switch: Switch, request: Request, _now: float) -> bytes:
    """Where the PBX registers."""
    rows, registered = [], 0
    for trunk in TRUNKS:
        client, server = switch.endpoints.account(trunk)
        status = switch.endpoints.registration(trunk)
        registered += status == "Registered"
        rows.append(
            (
                *("registration", trunk.name, "100000", client, "no", "false", server, "10", "false", "10"),
                *("", "120", "", "false", "company", trunk.name, "", "0", trunk.name, "", "0", "no"),
                *(status, "0"),
            )
        )
    announcement = "Following are Events for each Outbound registration"
    items = Rows("OutboundRegistrationDetail", rows)
    more = f"Registered={registered} NotRegistered={len(rows) - registered}"
    return _list(switch, request, announcement, items, more)


def subscriptions(switch: Switch, request: Request, _now: float) -> bytes:
    """Which lamps of other phones are watched: each phone watches the next one's."""
    hints = list(switch.devices.hints.items())
    rows = [
        (
            *("Notifier", exten, f"{exten}@phone.example.com", "ACTIVE", f"Phone {exten}"),
            *("extension_state", hints[number - 1][1], switch.devices.hint(hints[number - 1][0])[-1]),
        )
        for number, (_, exten) in enumerate(hints)
    ]
    announcement = "Following are Events for each inbound Subscription"
    items = Rows("InboundSubscriptionDetail", rows)
    return _list(switch, request, announcement, items)


def getvar(switch: Switch, request: Request, _now: float) -> bytes:
    """The value of a function of PJSIP; that of others is empty."""
    variable = request.get("Variable")
    found = _FUNCTION.fullmatch(variable)
    value = _value(switch, found) if found else ""
    return wire.response("Success", request.action_id, (("Variable", variable), ("Value", value)))


def _value(switch: Switch, function: re.Match[str]) -> str:
    of, name, field = function.groups()
    aor = re.split(";@|@@", name)[0]
    if not (one := switch.company.named.get(aor)):
        return ""
    contact = switch.endpoints.contact(one)
    if of == "ENDPOINT":
        return one.name
    if contact is None:
        return ""
    if of == "AOR":
        return contact.name
    if field == "status":
        return contact.status
    return str(contact.usec) if contact.usec else "N/A"
