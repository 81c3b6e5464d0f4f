"""What the answers to a collector's questions come to."""

from __future__ import annotations

from exporter.collectors import COLLECTORS
from exporter.diagnosis.answers import Asked, Classes, collector, of
from exporter.diagnosis.findings import Finding
from exporter.diagnosis.rights import Needs


def found(
    name: str,
    *asked: Asked,
    held: tuple[str, ...] = ("reporting",),
    seen: tuple[str, ...] = (),
    withheld: tuple[str, ...] = (),
    named: bool = False,
) -> Finding:
    """The finding of a collector."""
    each = COLLECTORS[name]
    needs = Needs((each,), frozenset([name] if named else []), "exporter")
    return collector(each, asked, needs, held, Classes(seen, withheld))


def test_events_that_are_not_sent() -> None:
    """A collector that lives on them is limited, as the step events says."""
    one = found("security", withheld=("security",))
    assert (one.state, "not sent to this user: security" in one.text) == ("limit", True)


def test_who_can_do_without_an_answer_is_not_limited() -> None:
    """Channels look for trunks by a list that pjsip needs: where it is refused, pjsip alone lacks it."""
    gone = Asked("PJSIPShowEndpoints", "not offered")
    for name, counts in (("channels", False), ("pjsip", True)):
        poll = next(poll for poll in COLLECTORS[name].polls if poll.action == gone.action)
        assert of(poll, gone).counts == counts


def test_rows() -> None:
    """They are counted by action, over all its questions."""
    one = found(
        "pjsip", Asked("DeviceStateList", "rows", 1), Asked("Getvar", "rows", 2), Asked("Getvar", "rows", 3)
    )
    assert (one.step, one.state) == ("collector pjsip", "ok")
    assert one.text == "DeviceStateList 1 row; Getvar 5 rows"


def test_a_right_that_nobody_asked_for() -> None:
    """A collector that runs by default may lack what is dangerous to grant."""
    one = found("parking", Asked("Parkinglots", "not offered"))
    assert (one.state, one.text) == ("unknown", "Parkinglots: denied (write=call)")
    assert "name parking in `collectors`" in one.cure


def test_a_right_that_was_asked_for() -> None:
    """A collector that was named, and a right that is harmless, are missed."""
    one = found("parking", Asked("Parkinglots", "not offered"), named=True)
    assert one.state == "limit"
    assert "write = call" in one.cure
    one = found("core", Asked("CoreStatus", "not offered"), held=())
    assert (one.state, one.text) == ("limit", "CoreStatus: denied (write=system or reporting)")


def test_a_module_that_is_not_there() -> None:
    """Who has the right and is not offered the action has no such module."""
    one = found("sip", Asked("SIPpeers", "not offered"))
    assert (one.state, one.text) == ("unknown", "SIPpeers: no such module is loaded")
    one = found("sip", Asked("SIPpeers", "not offered"), named=True)
    assert one.state == "limit"
    assert "take sip out of `collectors`" in one.cure
    assert found("dahdi", Asked("DAHDIShowChannels", "not offered"), held=()).text.endswith(
        "module is loaded"
    )


def test_what_only_brings_more_is_not_missed() -> None:
    """Where something stands in for it, nothing is said of it."""
    one = found("pjsip", Asked("PJSIPShowEndpoints", "not offered", counts=False), Asked("Getvar", "rows", 2))
    assert (one.state, one.text) == ("ok", "Getvar 2 rows")


def test_an_answer_that_is_none() -> None:
    """Asterisk's own words are shown."""
    one = found("queues", Asked("QueueStatus", "failed", text="QueueStatus: no whole answer in 7 s"))
    assert (one.state, one.text) == ("limit", "QueueStatus: no whole answer in 7 s")


def test_a_collector_of_events() -> None:
    """It asks nothing: an event of its class proves it."""
    assert (found("cdr").state, found("cdr").text) == ("unknown", "listens to events; not seen yet: cdr")
    assert found("cdr", seen=("cdr",)).state == "ok"
