"""What a session says: the words of Asterisk, its order, and its limits."""

from __future__ import annotations

import asyncio
import hashlib
import socket

import pytest

from exporter.ami import Message
from exporter.simulator import wire
from exporter.simulator.channels import Party
from exporter.simulator.masks import parse_mask
from exporter.simulator.packets import ALL, CLASSES
from exporter.simulator.session import BUFFER

from .raw import SECRET, USER, Raw, simulated
from .recorded import START, recorded, shape

ANSWERS = recorded("answers.txt")


def real(action_id: str) -> list[Message]:
    """The packets that really answered an action."""
    return [packet for packet in ANSWERS if packet.get("ActionID") == action_id]


async def test_answers_are_those_of_asterisk() -> None:
    """Word for word where they say nothing of the PBX, else with the same headers in the same order."""
    async with simulated(system_name="hq") as (_, port):
        raw = await Raw.connect(port)
        stranger = await raw.ask("Action: Ping", "ActionID: p0")
        challenge = await raw.ask("Action: Challenge", "AuthType: MD5", "ActionID: c1")
        key = hashlib.md5(
            (challenge.fields["challenge"] + SECRET).encode(), usedforsecurity=False
        ).hexdigest()
        proof = ("AuthType: MD5", f"Username: {USER}", f"Key: {key}", "Events: system,call")
        accepted = await raw.ask("Action: Login", "ActionID: c2", *proof)
        booted = await raw.hear()
        again = await raw.ask("action: login", "actionid: again")
        assert [shape(challenge), shape(booted)] == [shape(real("c1")[0]), shape(ANSWERS[2])]
        assert [p.raw for p in (stranger, accepted, again)] == [
            real(name)[-1].raw for name in ("p0", "c2", "again")
        ]
        for name, line in (("e0-off", "off"), ("e1-on", "on"), ("e3-bogus", "bogus"), ("e-none", "")):
            answer = await raw.ask("Action: Events", f"ActionID: {name}", f"EventMask: {line}")
            assert answer.raw == real(name)[0].raw
        ping = await raw.ask("ACTION:Ping", "ACTIONID:ping")
        assert (shape(ping), ping.get("Ping")) == (shape(real("ping")[0]), "Pong")
        added = await raw.ask("Action: Filter", "Operation: Add", "Filter: Event: .*", "ActionID: f1")
        assert added.raw == real("f1")[0].raw
        settings, status = real("s")
        for name, expected in (("CoreSettings", settings), ("CoreStatus", status)):
            assert shape(await raw.ask(f"Action: {name}", "ActionID: s")) == shape(expected)
        offered = await raw.ask("Action: ListCommands", "ActionID: lc")
        assert set(real("lc")[0].headers) <= set(offered.headers)
        assert (await raw.ask("Action: Nope", "ActionID: f2")).raw == real("f2")[0].raw
        assert (await raw.ask("ActionID: m")).raw == real("m")[0].raw
        assert (await raw.ask("Action: Logoff", "ActionID: bye")).raw == real("bye")[0].raw
        assert await raw.closed()
        await raw.close()


async def test_a_list_looks_as_it_really_looks() -> None:
    """Start, items and end; the ActionID in each, and none where the client sent none."""
    real_list = real("during-500")[:4]
    async with simulated(calls_per_second=5.0) as (_, port):
        raw = await Raw.login(port)
        for own in (("ActionID: x",), ()):
            raw.say("Action: CoreShowChannels", *own)
            packets = [await raw.hear()]
            while packets[-1].get("EventList") != "Complete":
                packets.append(await raw.hear())
            expected = [tuple(n for n in shape(p) if own or n != "ActionID") for p in real_list]
            assert {shape(p) for p in packets} == set(expected)
            assert [shape(packets[0]), shape(packets[-1])] == [expected[0], expected[-1]]
            assert packets[0].get("Message") == real_list[0].get("Message")
            assert packets[-1].get("ListItems") == str(len(packets) - 2) != "0"
        await raw.close()


@pytest.mark.parametrize(
    "proof",
    [
        (f"Username: {USER}", "Secret: wrong"),
        ("Username: nobody", f"Secret: {SECRET}"),
        ("AuthType: MD5", f"Username: {USER}", "Key: 0123456789abcdef0123456789abcdef"),
        (),
    ],
    ids=["wrong secret", "wrong name", "wrong key", "nothing"],
)
async def test_a_wrong_login_is_refused_after_a_second(proof: tuple[str, ...]) -> None:
    """All alike, and whatever is said meanwhile is not heard; then the session ends."""
    async with simulated() as (_, port):
        raw = await Raw.connect(port)
        loop = asyncio.get_running_loop()
        asked = loop.time()
        raw.say("Action: Login", "ActionID: bad", *proof)
        refused = await raw.ask("Action: Ping")
        assert refused.raw == real("bad")[0].raw
        assert loop.time() - asked > 0.9
        assert await raw.closed()
        await raw.close()


async def test_the_key_is_for_one_connection_and_in_lower_case() -> None:
    """As Asterisk compares it as text."""
    async with simulated() as (_, port):
        challenges = set()
        for _ in range(3):
            raw = await Raw.connect(port)
            for _ in range(2):
                answer = await raw.ask("Action: Challenge", "AuthType: MD5")
                challenges.add(answer.fields["challenge"])
            await raw.close()
        assert len(challenges) == 3
        assert all(challenge.isdecimal() and len(challenge) <= 9 for challenge in challenges)


async def test_events_are_for_those_who_are_logged_in_and_want_them() -> None:
    """By class, from the login on, and as the mask is changed."""
    async with simulated(calls_per_second=2.0, speed=50.0) as (_, port):
        stranger = await Raw.connect(port)
        deaf = await Raw.login(port)
        dialplan = await Raw.login(port, "dialplan")
        calls = await Raw.login(port, "call,system")
        heard = [await calls.hear() for _ in range(200)]
        assert heard[0].name == "FullyBooted"
        assert {event.get("Privilege") for event in heard[1:]} <= {"call,all", "system,all"}
        assert {(await dialplan.hear()).name for _ in range(50)} == {"Newexten"}
        assert (await deaf.ask("Action: Ping")).get("Ping") == "Pong"
        assert (await stranger.ask("Action: Ping")).get("Message") == "Permission denied"
        assert (await deaf.ask("Action: Events", "EventMask: dialplan")).get("Events") == "On"
        assert (await deaf.hear()).name == "Newexten"
        for raw in (stranger, deaf, dialplan, calls):
            await raw.close()


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("system,call", "system call"),
        ("system, call", "system"),
        ("bogus", ""),
        ("call,bogus", "call"),
        ("3", "system call"),
        ("0", ""),
        ("no", ""),
    ],
)
def test_masks_are_read_as_asterisk_reads_them(text: str, classes: str) -> None:
    """A class after a space is lost, an unknown one too, and a number is a set of bits."""
    assert parse_mask(text) == sum(CLASSES[name] for name in classes.split())


def test_yes_and_all_are_every_class() -> None:
    """In the words that Asterisk takes for yes."""
    assert {parse_mask(text) for text in ("on", "Yes", "TRUE", "all", "system,all")} == {ALL}


async def test_what_is_too_long_or_too_much_is_refused_and_the_session_lives() -> None:
    """Limits of Asterisk: 1,024 bytes a line, 128 headers."""
    async with simulated() as (_, port):
        raw = await Raw.login(port)
        long = await raw.ask("Action: Ping", "ActionID: 1", f"X: {'x' * 1100}", "Y: 1")
        assert (long.get("Message"), long.get("ActionID")) == (
            "Failed to parse message: line too long",
            "1",
        )
        raw.writer.write(b"Z" * 5000)
        await asyncio.sleep(0.01)
        assert (await raw.ask("ZZ")).get("Message") == "Failed to parse message: line too long"
        many = await raw.ask("Action: Ping", *(f"H{n}: 1" for n in range(128)))
        assert many.get("Message") == "Too many lines in message or allocation failure"
        assert (await raw.ask("Action: Ping", *(f"H{n}: 1" for n in range(127)))).get("Ping") == "Pong"
        await raw.close()


async def test_actions_in_pieces_and_in_heaps_are_answered_in_order() -> None:
    """Lines may end at LF alone, and a write says nothing of where an action ends."""
    async with simulated() as (_, port):
        raw = await Raw.login(port)
        for byte in b"Action: Ping\nActionID: slow\n\n":
            raw.writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        assert (await raw.hear()).get("ActionID") == "slow"
        raw.writer.write(b"".join(b"Action: Ping\r\nActionID: %d\r\n\r\n" % n for n in range(500)))
        assert [(await raw.hear()).get("ActionID") for _ in range(500)] == [str(n) for n in range(500)]
        await raw.close()


async def test_who_does_not_read_loses_the_session_and_nobody_else_notices() -> None:
    """What waits for a client is bounded."""
    async with simulated() as (pbx, port):
        reading = await Raw.login(port, "call")
        before = set(pbx.sessions)
        sleeping = await Raw.login(port, "call")
        (asleep,) = pbx.sessions - before
        sleeping.writer.transport.pause_reading()  # type: ignore[attr-defined]
        event = wire.event("BridgeCreate", START, ["x" * 10_000] * 7)
        sent = 0
        while asleep in pbx.sessions and sent < 64 << 20:
            for session in pbx.sessions:
                session.tell(event)
                session.flush()
            sent += len(event)
            assert await reading.reader.readexactly(len(event)) == event
        assert BUFFER < sent < 64 << 20
        assert (await reading.ask("Action: Ping")).get("Ping") == "Pong"
        for raw in (reading, sleeping):
            await raw.close()


async def test_who_asks_and_does_not_read_is_not_heard_until_he_does() -> None:
    """Hundreds of long lists are not heaped up in memory, and all come in the end."""
    async with simulated() as (pbx, port):
        for _ in range(300):
            pbx.switch.arrive("1", "from-internal", "2", Party("1"))
        raw = await Raw.login(port)
        (session,) = pbx.sessions
        transport = session._transport
        assert transport is not None
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        for number in range(200):
            raw.say("Action: CoreShowChannels", f"ActionID: {number}")
        await asyncio.sleep(0.1)
        assert 0 < transport.get_write_buffer_size() < 1 << 20
        raw.writer.transport.resume_reading()  # type: ignore[attr-defined]
        ends: list[str | None] = []
        while len(ends) < 200:
            packet = await raw.hear()
            if packet.name == "CoreShowChannelsComplete":
                ends.append(packet.get("ActionID"))
        assert ends == [str(number) for number in range(200)]
        await raw.close()


async def test_who_does_not_log_in_is_shown_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that Asterisk gives."""
    monkeypatch.setattr("exporter.simulator.session.LOGIN", 0.05)
    async with simulated() as (_, port):
        raw, member = await Raw.connect(port), await Raw.login(port)
        assert await raw.closed()
        assert (await member.ask("Action: Ping")).get("Ping") == "Pong"
        for one in (raw, member):
            await one.close()
