"""Endpoints, contacts, registrations and peers equal what the CLIs of two Asterisks say of each other."""

from __future__ import annotations

import pytest

from tests.lab.asterisk import Asterisk
from tests.proof.endpoint_run import LISTING, TABLES, Seen, take

pytestmark = pytest.mark.lab

STEPS = (
    "quiet",
    "a phone has left",
    "it is back",
    "a call",
    "hung up",
    "an IAX peer has left",
    "it came back",
)
_runs: list[Seen | BaseException] = []


@pytest.fixture
def seen(asterisk16: Asterisk, asterisk22: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Made once, with both Asterisks. A failed one is not tried again."""
    if not _runs:
        try:
            _runs.append(take({"16": asterisk16, "22": asterisk22}, tmp_path_factory.mktemp("endpoints")))
        except BaseException as error:
            _runs.append(error)
            raise
    made = _runs[0]
    if isinstance(made, BaseException):
        pytest.fail(f"the run failed: {made}", pytrace=False)
    return made


def test_all_equal_the_cli_at_settled_moments(seen: Seen) -> None:
    """Of both versions, with and without write=system, by live events alone and with a list each second."""
    assert seen.wrong == []
    assert tuple(seen.agreed) == STEPS
    assert seen.moments >= 2 * len(STEPS)


def test_there_was_something_to_compare(seen: Seen) -> None:
    """Trunks that live and die, phones that are there and not, registrations that work and fail, chan_sip."""
    quiet = seen.truths["quiet"]
    assert set(quiet["16"].registrations.values()) >= {"registered", "rejected"}
    assert set(quiet["16"].sip.values()) == {"reachable", "unreachable", "unmonitored"}
    assert sum(quiet["16"].sip_registered) == 1
    assert quiet["22"].endpoints["sip16"] == "not_in_use"
    for true in quiet.values():
        assert {status for _, status in true.contacts} == {"reachable", "unreachable", "not_qualified"}
        assert set(true.iax2.values()) == {"reachable"}
        assert true.iax2_registered == (True,)
    assert seen.truths["a call"]["22"].channels["pbx16"] == 1


def test_changes_are_seen_at_once(seen: Seen) -> None:
    """Who leaves and comes back is told by events, and after a reload: the next list is a minute away."""
    assert max(seen.agreed.values()) < 8, seen.agreed  # of which the CLI itself takes a part


def test_round_trips_are_those_of_the_cli(seen: Seen) -> None:
    """Of phones by the list and of trunks one by one."""
    assert len(seen.trips) >= 8
    assert [trip for trip in seen.trips if not trip.true] == []


def test_trunks_are_found_where_none_is_named(seen: Seen) -> None:
    """Who authenticates outbound is a trunk, where the user may list endpoints; with its calls."""
    for page in seen.pages:
        found = {
            (server, trunk): page.value("asterisk_trunk_available", server=server, trunk=trunk)
            for server in ("deep16", "deep22", "bare16")
            for trunk in ("trunk-peer", "trunk-live", "pbx16", "registration-dead")
            if page.get("asterisk_trunk_available", server=server, trunk=trunk) is not None
        }
        assert found == {("deep16", "trunk-peer"): 1, ("deep22", "trunk-peer"): 1}
        calls = [
            page.value("asterisk_trunk_calls_total", server=server, trunk="trunk-peer", direction="outbound")
            for server in ("deep16", "deep22")
        ]
        assert calls == [1, 0]
        assert page.value("asterisk_trunk_call_seconds_total", server="deep16") > 0


def test_nothing_was_corrected(seen: Seen) -> None:
    """However often the lists came, each change had been told by an event."""
    assert LISTING == "1s"
    for page in seen.pages:
        for table in TABLES:
            assert page.value("asterisk_table_corrections_total", table=table) == 0, table
        assert page.value("asterisk_ami_anomalies_total") == 0


def test_chan_sip_is_found_when_it_is_loaded(seen: Seen) -> None:
    """Without it the collector is not supported, with it it is, in the same session."""
    assert seen.unloaded["before"] == 0
    assert seen.pages[0].value("asterisk_collector_supported", server="bare16", collector="sip") == 1
    assert seen.pages[0].value("asterisk_collector_supported", server="bare22", collector="sip") == 0
    for user in ("deep", "bare"):
        for name in ("pjsip", "registrations", "iax2"):
            supported = seen.pages[0].value(
                "asterisk_collector_supported", server=f"{user}16", collector=name
            )
            assert supported == 1, (user, name)


def test_our_questions_leave_no_warnings(seen: Seen) -> None:
    """To ask for an AOR or a contact that is not there writes one into Asterisk's log: we ask for none."""
    assert seen.warned == []
