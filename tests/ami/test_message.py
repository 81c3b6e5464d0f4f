"""A packet's headers: order, case, repeats, and what callers can put into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ami import Message
from exporter.ami.message import known_event

from .build import event


def message(*lines: str | bytes) -> Message:
    """An event of these lines, as the codec hands it over."""
    return Message(event("Newchannel", *lines).removesuffix(b"\r\n\r\n"))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"X: value", "value"),
        (b"X:value", "value"),
        (b"X:  two spaces", " two spaces"),
        (b"X: ", ""),
        (b"X:", ""),
        (b"X: sip:a@[::1]:5060;x=y: z", "sip:a@[::1]:5060;x=y: z"),
        (b"X:a: b", "a: b"),
        (b"X: trailing ", "trailing "),
        (b"X: \xd0\x9e\xd1\x82\xd0\xb4\xd0\xb5\xd0\xbb", "Отдел"),
        (b"X: \xcf\xf0\xee\xe4\xe0\xe6\xe8", "\\xcf\\xf0\\xee\\xe4\\xe0\\xe6\\xe8"),
        (b"X: cut \xd0", "cut \\xd0"),
        (b"X: a\0b", "a\0b"),
        (b"X: lone\rcr", "lone\rcr"),
    ],
)
def test_a_value_is_what_stands_after_the_colon(line: bytes, value: str) -> None:
    """Spaces, empty values, colons, control bytes and bytes that are no UTF-8 are kept visible."""
    for twice in range(2):  # the second packet of a kind is read by the shape of the first
        got = message(line, f"Y: {twice}")
        assert got.get("X") == value
        assert got.headers[2:] == (("X", value), ("Y", str(twice)))


def test_names_are_read_without_regard_to_case() -> None:
    """Asterisk spells Uniqueid in three ways, and it is one header."""
    got = message("UniqueID: 1.1", "callerIDnum: 2")
    assert (got.get("Uniqueid"), got.get("UNIQUEID"), got.get("CallerIDNum")) == ("1.1", "1.1", "2")
    assert got.fields["uniqueid"] == "1.1"
    assert got.headers[2] == ("UniqueID", "1.1")
    assert got.get("Linkedid") is None


def test_two_names_in_cp1251_stay_two() -> None:
    """Names that are no UTF-8 do not become one name."""
    sales = message(b"Queue: \xcf\xf0\xee\xe4\xe0\xe6\xe8").get("Queue")
    stock = message(b"Queue: \xd1\xea\xeb\xe0\xe4\xfb\xfb").get("Queue")
    assert sales != stock


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\u0085", "\x1c", "\x1d", "\x1e", "\x0b", "\x0c", "\r"])
def test_only_lf_ends_a_line(end: str) -> None:
    """What Unicode calls a line end does not start a header: callers can send it."""
    got = message(f"CallerIDName: Bob{end}Channel: PJSIP/forged", "Channel: PJSIP/real-1")
    assert got.get("Channel") == "PJSIP/real-1"
    assert got.get("CallerIDName") == f"Bob{end}Channel: PJSIP/forged"
    assert got.forged_headers == ()


def test_a_lone_lf_ends_a_line() -> None:
    """Some modules end a line with LF alone, and some errors of PJSIP carry one inside."""
    assert message("A: b\nC: d").get("C") == "d"
    got = Message(b"Response: Error\nMessage: No endpoints found\n")
    assert got.headers == (("Response", "Error"), ("Message", "No endpoints found"))


def test_the_first_header_alone_decides_the_kind() -> None:
    """An event may carry a Response header, a user event an Event header: they change nothing."""
    got = message("Response: Success", "Event: Shutdown")
    assert (got.kind, got.name) == ("Event", "Newchannel")
    answer = Message(b"response:Error\r\nEvent: Shutdown")
    assert (answer.kind, answer.name) == ("Response", "Error")
    assert Message(b"no header at all\r\nA: b").kind == "No header at all"


def test_lines_without_a_colon_are_no_headers() -> None:
    """A line that is no header is passed over, and the others are read."""
    got = message("AppData: one", "two", "", "Channel: a")
    assert got.headers[2:] == (("AppData", "one"), ("Channel", "a"))


def test_repeated_headers_are_kept_in_order() -> None:
    """The first value counts, and all are there."""
    got = message("Variable: a=1", "variable: b=2", "Variable: c=3", "Channel: x")
    assert got.get("Variable") == "a=1"
    assert got.all("VARIABLE") == ["a=1", "b=2", "c=3"]
    assert len(got.headers) == 6


@pytest.mark.parametrize(
    ("lines", "forged"),
    [
        (["ChanVariable: a=1", "ChanVariable: b=2", "DestChanVariable: a", "DestChanVariable: b"], ()),
        (["ChanVariable(PJSIP/x-1): a=1", "ChanVariable(PJSIP/x-1): b=1"], ()),
        (["Output: a", "Output: b", "Message: a", "Message: b", "Contacts: a", "Contacts: b"], ()),
        (["RuleList: a", "Rule: 1", "RuleList: b", "Rule: 2", "FileName: a", "FileName: b"], ()),
        (["Event: Shutdown", "Response: x", "ActionID: 1", "ActionID: 2", "Privilege: y"], ()),
        (["CallerIDNum: 12", "Uniqueid: 6.6", "Uniqueid: 1.1"], ("uniqueid",)),
        (["Linkedid: 1", "LINKEDID: 2", "Queue: a", "queue: b"], ("linkedid", "queue")),
        (["Cause: 16", "Cause: 17", "X: 1", "X: 2"], ("cause", "x")),
    ],
)
def test_what_repeats_without_being_made_to_is_forged(lines: list[str], forged: tuple[str, ...]) -> None:
    """A header that Asterisk writes once and that stands twice was smuggled in."""
    assert message(*lines).forged_headers == forged


def test_the_sender_of_a_user_event_chooses_its_headers_but_not_its_identity() -> None:
    """A user event may repeat what it likes, apart from what tells whose it is."""
    own = Message(b"Event: UserEvent\r\nShop: a\r\nShop: b\r\nUniqueid: 1")
    assert own.forged_headers == ()
    stolen = Message(
        b"Event: UserEvent\r\nUserEvent: Order\r\nUserEvent: Other\r\nUniqueid: 1\r\nUniqueid: 2"
    )
    assert stolen.forged_headers == ("userevent", "uniqueid")


@given(
    st.lists(
        st.sampled_from(["A: 1", "B: 2", "a: 3", "C:4", "D", "E: ", "F:", "G: x: y", "H: \n"]), max_size=6
    )
)
def test_the_shape_of_a_packet_changes_nothing_in_what_is_read(lines: list[str]) -> None:
    """The fast way and the way line by line read the same."""
    first, second = message(*lines), message(*lines)
    expected: dict[str, str] = {}
    for name, value in first.headers:
        expected.setdefault(name.lower(), value)
    assert first.fields == second.fields == expected
    assert first.forged_headers == second.forged_headers


def test_a_line_feed_in_a_value_hides_no_header() -> None:
    """Also where many like it came before: the shape that they share allows none."""
    lines = b"Event: Newchannel\r\nPrivilege: call,all\r\nCallerIDName: %s\r\nUniqueid: 1.1"
    for _ in range(2):
        assert not Message(lines % b"Bob").forged_headers
    forged = Message(lines % b"Bob\nUniqueid: 6.6\nSecret: x")
    assert known_event(lines % b"Bob\nUniqueid: 6.6\nSecret: x", b"Event: Newchannel\r") is None
    assert forged.forged_headers == ("uniqueid",)
    assert "secret" not in forged.fields


def test_nobody_keeps_others_out_of_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ever new headers make us learn few of them; what comes often is learned all the same."""
    shapes: dict[bytes, tuple[object, ...]] = {}
    monkeypatch.setattr("exporter.ami.message._SHAPES", shapes)
    for n in range(200):
        assert message(f"Forged{n}: a").get(f"Forged{n}") == "a"
    for _ in range(40):
        assert message("Plain: yes").get("Plain") == "yes"
    first = b"Event: Newchannel\r"
    assert known_event(message("Plain: yes").raw, first) is not None
    assert len(shapes[first]) == 4


def test_what_is_remembered_of_names_that_callers_invent_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of new kinds of packets fills a table of fixed size, and very long names never enter it."""
    shapes: dict[bytes, tuple[object, ...]] = {}
    monkeypatch.setattr("exporter.ami.message._SHAPES", shapes)
    assert message("x" * 3000 + ": y").get("x" * 3000) == "y"
    assert shapes == {}
    for n in range(700):
        assert Message(f"Event: X{n}\r\nA: b".encode()).get("A") == "b"
    assert len(shapes) == 128
    for n in range(20):
        assert Message(f"Event: X0\r\nA{n}: b".encode()).get(f"A{n}") == "b"
    assert len(shapes[b"Event: X0\r"]) == 4
