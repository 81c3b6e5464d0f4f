"""Packets that lie about what they are: nothing that comes after them goes wrong."""

from __future__ import annotations

from exporter.ami import Message, Reply

from .build import GREETING, Talk, event


def test_a_second_greeting_greets_nobody() -> None:
    """It is no packet, and spoils the one that it is glued to; the version stays that of the first."""
    talk = Talk("Newchannel")
    (got,) = talk.hear(
        b"Asterisk Call Manager/1.1\r\n", event("Newchannel", "Uniqueid: 1"), event("Newchannel")
    )
    assert isinstance(got, Message)
    assert got.get("Uniqueid") is None
    assert talk.session.greeting == GREETING.decode().strip().rpartition("/")[2]
    assert talk.anomalies == {"forged": 1}


def test_a_second_answer_answers_nothing() -> None:
    """It comes while nothing is asked, or while the next question is: that one gets its own."""
    talk = Talk()
    talk.ask("Ping")
    again = talk.response("Message: again")
    assert talk.reply(talk.response(), again).response.get("Message") is None
    talk.ask("CoreStatus")
    assert talk.hear(again) == []
    assert talk.session.busy
    assert talk.reply(talk.response("CoreCurrentCalls: 1")).response.get("CoreCurrentCalls") == "1"


def test_a_storm_of_events_inside_a_list_disturbs_neither() -> None:
    """Every event comes out, in its order, and every item is in the list."""
    talk = Talk("Newchannel")
    talk.ask("CoreShowChannels")
    storm = [event("Newchannel", f"Uniqueid: {number}") for number in range(20_000)]
    stream = [talk.start()]
    for number in range(200):
        stream += [
            talk.item("CoreShowChannel", f"Uniqueid: {number}"),
            *storm[number * 100 : number * 100 + 100],
        ]
    got = talk.hear(*stream, talk.end("CoreShowChannelsComplete", 200))
    (reply,) = [item for item in got if isinstance(item, Reply)]
    assert [item.get("Uniqueid") for item in reply.items] == [str(number) for number in range(200)]
    heard = [item.get("Uniqueid") for item in got if isinstance(item, Message)]
    assert heard == [str(number) for number in range(20_000)]
    assert talk.anomalies == {}
