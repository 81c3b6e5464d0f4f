"""Channels: rows to counts, and events in between."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.pbx.polls import Answer
from tests.collectors.replay import Replay


def event(name: str, **headers: str) -> Message:
    lines = [f"Event: {name}", "Privilege: call,all", *(f"{key}: {value}" for key, value in headers.items())]
    return Message("\r\n".join(lines).encode())


class Channels:
    """A server whose channel list was empty, and a call on it."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.pbx = replay.pbx
        state = self.pbx.polls["CoreShowChannels"]
        state.succeeded(0.001, replay.now)
        self.pbx.swap(state, [Answer(event("x"), [])])

    def tell(
        self, name: str, unique: str, channel: str = "PJSIP/a-1", state: str = "6", call: str = "1"
    ) -> None:
        headers = {"Channel": channel, "ChannelState": state, "Uniqueid": unique, "Linkedid": call}
        self.pbx.take(event(name, **headers, Context="lab"))

    def value(self, name: str, *labels: str) -> float | None:
        for block in self.replay.view.blocks():
            if block.family.name == f"asterisk_{name}":
                value = block.values.get(labels)
                return value if isinstance(value, float) else None
        return None


@pytest.fixture
async def channels(monkeypatch: pytest.MonkeyPatch) -> Channels:
    """An up server without channels."""
    return Channels(Replay(monkeypatch))


async def test_an_idle_server_has_zero_channels(channels: Channels) -> None:
    """Zero is a number that alerts stand on."""
    assert channels.value("active_channels") == 0
    assert channels.value("active_calls") == 0
    assert channels.value("active_channels_peak", "15m") == 0


async def test_a_call_of_two_channels(channels: Channels) -> None:
    """Two channels, one call; the zero stays when they are gone."""
    channels.tell("Newchannel", "1", state="4")
    channels.tell("Newchannel", "2", channel="Local/5@x-1;1", state="0")
    channels.tell("Newstate", "2", channel="Local/5@x-1;1", state="5")
    assert channels.value("active_channels") == 2
    assert channels.value("active_calls") == 1
    assert channels.value("channels", "PJSIP", "ring") == 1
    assert channels.value("channels", "Local", "ringing") == 1
    channels.tell("Hangup", "1")
    channels.tell("Hangup", "2")
    assert channels.value("active_channels") == 0
    assert channels.value("channels", "Local", "ringing") == 0
    assert channels.value("active_channels_peak", "1m") == 2


async def test_internal_channels_are_no_calls(channels: Channels) -> None:
    """The announcer of a conference is nobody."""
    channels.tell("Newchannel", "1", channel="CBAnn/1000-1;1")
    channels.tell("Newchannel", "2", channel="Recorder/x-1;1")
    assert channels.value("active_channels") == 0
    assert channels.value("active_channels_peak", "1m") == 0


async def test_a_soft_hangup_ends_a_channel_until_it_shows_life(channels: Channels) -> None:
    """It is ending, not active; a later state of it takes that back."""
    channels.tell("Newchannel", "1")
    channels.tell("SoftHangupRequest", "1")
    assert (channels.value("active_channels"), channels.value("channels_ending")) == (0, 1)
    channels.tell("Newstate", "1")
    assert (channels.value("active_channels"), channels.value("channels_ending")) == (1, 0)


async def test_hold_is_known_of_channels_that_were_seen_from_birth(channels: Channels) -> None:
    """One older channel, and there is no number at all."""
    channels.tell("Newchannel", "1")
    channels.tell("Hold", "1")
    assert channels.value("channels_on_hold") == 1
    channels.tell("Unhold", "1")
    assert channels.value("channels_on_hold") == 0
    channels.replay.play("22", "channels")
    assert channels.value("channels_on_hold") is None


async def test_the_oldest_channel_grows_older(channels: Channels) -> None:
    """Its age is worked out when it is asked for."""
    channels.tell("Newchannel", "1")
    channels.replay.now += 90
    channels.tell("Newchannel", "2")
    channels.replay.now += 2
    channels.pbx.polls["CoreShowChannels"].succeeded(0.001, channels.replay.now)
    assert channels.value("channel_longest_seconds", "PJSIP") == 92.0


async def test_a_list_that_is_too_old_is_not_shown(channels: Channels) -> None:
    """After three intervals without a good list nothing is said."""
    channels.replay.now += 3 * 30 - 1
    assert channels.value("active_channels") == 0
    channels.replay.now += 2
    assert channels.value("active_channels") is None


async def test_a_server_that_is_down_says_nothing_of_its_channels(channels: Channels) -> None:
    """Neither the last number nor a zero."""
    channels.tell("Newchannel", "1")
    client = channels.pbx.link.client
    assert client is not None
    client.closed.cancel()
    assert channels.value("up") == 0
    assert channels.value("active_channels") is None
    assert channels.value("channels", "PJSIP", "up") is None
