"""Forks, Local channels, transfers, pickups and parked calls are counted right, at any quiet moment."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.exporter_process import Page
from tests.lab.asterisk import Asterisk
from tests.proof.listener import Event, Heard
from tests.proof.once import Once
from tests.proof.stage import TRUNK, Moment
from tests.proof.transfer_scene import play

pytestmark = pytest.mark.lab

STATUS = {"ANSWER": "answer", "BUSY": "busy", "NOANSWER": "no_answer", "CONGESTION": "congestion"}
ELSEWHERE = "26"  # the cause of a channel that rang until another one answered

_scenes = Once[dict[str, Moment]]()


@pytest.fixture
def moments(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Moment]:
    """The scene, made once for each Asterisk."""
    return _scenes.get(asterisk, lambda: play(asterisk, tmp_path_factory.mktemp("transfers")))


def test_channels_are_those_of_the_cli(moments: dict[str, Moment]) -> None:
    """By events alone and with a list each second, of a trunk too; created less hung up is what there is."""
    for when, moment in moments.items():
        on_trunk = sum(name.startswith(TRUNK) for name in moment.said.channels)
        for of, page in moment.pages._asdict().items():
            got = {
                "active": page.value("asterisk_active_channels"),
                "ending": page.value("asterisk_channels_ending"),
                "trunk": page.value("asterisk_trunk_channels", trunk="live"),
                "created - hung up": _total(page, "channels_created") - _total(page, "channel_hangups"),
            }
            there = moment.said.in_use
            assert got == {"active": there, "ending": 0, "trunk": on_trunk, "created - hung up": there}, (
                when,
                of,
            )


def test_calls_are_the_linkedids_of_the_list(moments: dict[str, Moment]) -> None:
    """Also where calls merge and no event says so: by a pickup, and by a transfer to who was asked first."""
    for when, moment in moments.items():
        for of, page in moment.pages._asdict().items():
            calls = len(moment.said.calls)
            assert page.value("asterisk_active_calls") == calls, (when, of)
            assert _total(page, "calls_started") - _total(page, "calls_ended") == calls, (when, of)
    merged = [when for when in ("attended by REFER", "picked up") if len(moments[when].said.calls) == 1]
    assert len(merged) == 2
    heard, page = moments["end"].heard, moments["end"].pages.live
    assert _total(page, "calls_started") == len({event["Linkedid"] for event in heard.external("Newchannel")})


def test_bridges_and_parked_calls_are_those_of_the_cli(moments: dict[str, Moment]) -> None:
    """By type, with the channels in them; one that is parked is counted until it is taken or gives up."""
    for when, moment in moments.items():
        for of, page in moment.pages._asdict().items():
            for kind in ("basic", "parking"):
                got = page.value("asterisk_bridges", type=kind)
                assert got == moment.said.bridges[kind], (when, of, kind)
            assert page.value("asterisk_bridge_channels") == moment.said.joined, (when, of)
            assert page.value("asterisk_parked_calls", lot="default") == moment.said.parked, (when, of)
    assert [moments[when].said.parked for when in ("parked", "retrieved", "waiting", "end")] == [1, 0, 1, 0]
    for page in moments["end"].pages:
        for outcome in ("retrieved", "gave_up"):
            got = page.value("asterisk_parking_outcomes_total", lot="default", outcome=outcome)
            assert got == 1, outcome


def test_every_dial_ends_once(moments: dict[str, Moment]) -> None:
    """Whatever becomes of its channel: results and what is in progress are what was dialled."""
    for when, moment in moments.items():
        dialled, hung_up = moment.heard.dials(), {event["Uniqueid"] for event in moment.heard.of("Hangup")}
        open_ = sum(not status and unique not in hung_up for unique, status in dialled.items())
        for of, page in moment.pages._asdict().items():
            assert _total(page, "dials") == len(dialled), (when, of)
            assert page.value("asterisk_dials_in_progress") == open_, (when, of)
            assert _total(page, "dial_results") == len(dialled) - open_, (when, of)
    assert moments["ringing"].pages.live.value("asterisk_dials_in_progress") == 1


def test_who_was_slower_was_answered_elsewhere(moments: dict[str, Moment]) -> None:
    """The other leg of a fork and of a queue that rings all, and who was picked up; the rest as heard."""
    heard = moments["end"].heard
    dialled = heard.dials()
    answered = Counter(dialled.values())["ANSWER"]
    elsewhere = [
        event
        for event in heard.of("Hangup", Cause=ELSEWHERE)
        if dialled.get(event["Uniqueid"], "ANSWER") != "ANSWER"
    ]
    assert len(elsewhere) == 3
    for page in moments["end"].pages:
        results = {
            status: page.value("asterisk_dial_results_total", status=status)
            for status in (*STATUS.values(), "answered_elsewhere")
        }
        heard_results = {name: Counter(dialled.values())[status] for status, name in STATUS.items()}
        assert results == {**heard_results, "answered_elsewhere": 3}
        assert results["answer"] == answered >= 20


def test_talks_last_until_who_was_dialled_hangs_up(moments: dict[str, Moment]) -> None:
    """Through every transfer: as many as were heard, and as long by Asterisk's own clock."""
    talks = list(_talks(moments["end"].heard))
    for page in moments["end"].pages:
        assert page.value("asterisk_talk_seconds_count") == len(talks) >= 15
        assert page.value("asterisk_talk_seconds_sum") == pytest.approx(sum(talks), rel=0.1)


def test_transfers_are_what_was_heard(moments: dict[str, Moment]) -> None:
    """By kind and result: four blind ones and one of who talks to nobody, and three attended."""
    heard = moments["end"].heard
    assert heard.by("BlindTransfer", "Result") == {("Success",): 4, ("Invalid",): 1}
    assert heard.by("AttendedTransfer", "Result", "DestType") == {
        ("Success", "Bridge"): 2,
        ("Success", "App"): 1,
    }
    for page in moments["end"].pages:
        got = {
            labels: page.value("asterisk_transfers_total", kind=labels[0], result=labels[1])
            for labels in (("blind", "success"), ("blind", "invalid"), ("attended", "success"))
        }
        assert got == {("blind", "success"): 4, ("blind", "invalid"): 1, ("attended", "success"): 3}
        assert page.value("asterisk_transfers_total") == 8
        assert page.value("asterisk_pickups_total") == heard.count("Pickup") == 1
        assert page.value("asterisk_holds_total") == heard.count("Hold") > 0


def test_lists_found_nothing_to_correct(moments: dict[str, Moment]) -> None:
    """Not even where one channel has taken the place of another: both keep what the events said of them."""
    for page in moments["end"].pages:
        for name in ("table_corrections", "ami_anomalies", "ami_event_gaps", "unreadable_values"):
            assert _total(page, name) == 0, name
    lists = "asterisk_ami_action_duration_seconds_count"
    assert moments["end"].pages.listing.value(lists, action="CoreShowChannels") >= 15


def _total(page: Page, name: str) -> float:
    return page.get(f"asterisk_{name}_total") or 0.0


def _talks(heard: Heard) -> list[float]:
    """The seconds from answer to hangup of each channel that was dialled, but for Local ones."""
    answered: dict[str, Event] = {}
    for event in heard.of("DialEnd", DialStatus="ANSWER"):
        if event["DestUniqueid"] in heard.dials() and not event["DestChannel"].startswith("Local/"):
            answered.setdefault(event["DestUniqueid"], event)
    ended = {event["Uniqueid"]: event for event in heard.of("Hangup")}
    return [
        float(ended[unique]["Timestamp"]) - float(event["Timestamp"]) for unique, event in answered.items()
    ]
