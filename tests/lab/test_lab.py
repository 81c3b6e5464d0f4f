"""What other tests rely on: that both Asterisks are real, can be asked and stopped, and that calls end."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.lab.asterisk import Asterisk
from tests.lab.calls import DEFAULT_MIX, Calls, Load
from tests.lab.roots import LabError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOST = "127.0.0.1"
BANNERS = {"16": "5.0", "22": "11.0"}
RELEASES = {"16": "Asterisk 16.28.", "22": "Asterisk 22."}


def until(condition: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def login(asterisk: Asterisk, user: str, ca: Path | None = None) -> tuple[str, str]:
    """The greeting and the answer to a login, over TLS with an authority."""
    port = asterisk.ami_tls_port if ca else asterisk.ami_port
    with closing(socket.create_connection((HOST, port), timeout=20)) as connection:
        if ca:
            context = ssl.create_default_context(cafile=str(ca))
            connection = context.wrap_socket(connection, server_hostname="localhost")
        with closing(connection), connection.makefile("rwb") as stream:
            greeting = stream.readline().decode()
            secret = asterisk.users.get(user, "new-secret")
            stream.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\n\r\n".encode())
            stream.flush()
            stream.readline()
            return greeting.strip(), stream.readline().decode().strip()


def channels(asterisk: Asterisk) -> list[str]:
    return asterisk.cli("core show channels concise").splitlines()


def count(asterisk: Asterisk) -> str:
    return asterisk.cli("core show channels count").splitlines()[0]


def processed(asterisk: Asterisk) -> int:
    return int(asterisk.cli("core show calls").splitlines()[-1].split()[0])


def test_it_is_the_real_one(asterisk: Asterisk) -> None:
    """Each version boots, says its release and greets as its AMI does."""
    assert asterisk.cli("core show version").startswith(RELEASES[asterisk.version])
    greeting, answer = login(asterisk, "monitor")
    assert greeting.startswith(f"Asterisk Call Manager/{BANNERS[asterisk.version]}.")
    assert answer == "Message: Authentication accepted"


def test_tls(asterisk: Asterisk) -> None:
    """Over TLS the lab's authority is enough, and another one is not."""
    assert login(asterisk, "monitor", asterisk.ca_file)[1] == "Message: Authentication accepted"
    with pytest.raises(ssl.SSLCertVerificationError):
        login(asterisk, "monitor", asterisk.wrong_ca_file)


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        ("reporting", "Authentication accepted"),
        ("nosystem", "Authentication accepted"),
        ("nobody", "Authentication accepted"),
        ("admin", "Authentication accepted"),
        ("elsewhere", "Authentication failed"),
        ("mine", "Authentication failed"),
    ],
)
def test_users(asterisk: Asterisk, user: str, answer: str) -> None:
    """Everybody may log in but the user whose address is refused, and one that is not there."""
    assert login(asterisk, user)[1] == f"Message: {answer}"


def test_a_config_of_the_tests_own(asterisk: Asterisk) -> None:
    """A test can put a user into manager.conf, and take it out again."""
    mine = "\n[mine]\nsecret = new-secret\nread = call\n"
    asterisk.write_config("manager.conf", asterisk.config("manager.conf") + mine)
    asterisk.manager_reload()
    there = login(asterisk, "mine")
    asterisk.restore_config("manager.conf")
    asterisk.manager_reload()
    assert there[1] == "Message: Authentication accepted"
    assert login(asterisk, "mine")[1] == "Message: Authentication failed"


def test_a_call_is_seen(asterisk: Asterisk) -> None:
    """A sipp call is in Asterisk's list, and leaving the block hangs it up at once."""
    with Calls(asterisk, 1, (Load("101", 60, 60),)):
        assert until(lambda: any("!lab!101!" in line and "!Up!" in line for line in channels(asterisk)))
    assert until(lambda: not channels(asterisk), 5)


def test_calls_end(asterisk: Asterisk) -> None:
    """Every kind of call is made, and when they have ended by themselves no channel is left."""
    before = processed(asterisk)
    calls = Calls(asterisk, 10)
    calls.start()
    calls.wait()
    assert until(lambda: count(asterisk) == "0 active channels", 40), channels(asterisk)
    assert processed(asterisk) >= before + len(DEFAULT_MIX)


def test_a_far_end_that_ignores_bye(asterisk: Asterisk) -> None:
    """A far end that answers no BYE is still there when the channel is long gone."""
    with Calls(asterisk, 1, (Load("330", 60, 30),), answer_bye=False) as calls:
        assert until(lambda: channels(asterisk))
        assert until(lambda: not channels(asterisk))
        time.sleep(4)  # one that answers would leave after 3
        assert calls.running


def test_kill_and_restart(asterisk: Asterisk) -> None:
    """It can be killed and started again, and stopped and started in its own good order."""
    pids = [asterisk.pid]
    asterisk.kill()
    assert not asterisk.running
    with pytest.raises(LabError):
        asterisk.cli("core show version")
    asterisk.start()
    pids.append(asterisk.pid)
    asterisk.restart()
    pids.append(asterisk.pid)
    assert None not in pids
    assert len(set(pids)) == 3
    assert login(asterisk, "monitor")[1] == "Message: Authentication accepted"


def test_another_run_waits(asterisk: Asterisk) -> None:
    """Another process does not get an Asterisk that is in use, and does not stop it."""
    pid = asterisk.pid
    with subprocess.Popen(["sleep", "60"]) as process:
        other = Asterisk(asterisk.version, process.pid, pair=asterisk.pair)
        with pytest.raises(LabError, match="in use by process"):
            other.start(patience=0)
        other.release()
        process.kill()
    assert asterisk.pid == pid


def test_trunk_and_phone_of_each_other(asterisk16: Asterisk, asterisk22: Asterisk) -> None:
    """Each is registered at the other, over PJSIP and IAX2, and each has a registration that fails."""
    for here, other in ((asterisk16, "22"), (asterisk22, "16")):

        def says(command: str, pattern: str, here: Asterisk = here, seconds: float = 30) -> bool:
            return until(lambda: re.search(pattern, here.cli(command)), seconds)

        assert says("pjsip show registrations", r"trunk-peer/.* Registered")
        assert says("pjsip show registrations", r"registration-wrong/.* Rejected")
        assert says("pjsip show contacts", rf"pbx{other}/sip:100@127\S+ .* Avail")
        assert says("pjsip show contacts", r"trunk-peer/.* Avail")
        assert says("pjsip show contacts", r"trunk-dead/.* Unavail")
        # who was not there when it was asked is asked again after some 50 s
        assert says("iax2 show registry", " Registered", seconds=90)
        assert says("iax2 show peers", rf"iax{other} .* OK")


def test_media_between_them(asterisk16: Asterisk, asterisk22: Asterisk) -> None:
    """A call from one to the other carries RTP both ways, as trunk and as phone."""

    def flows(asterisk: Asterisk, name: str) -> bool:
        # bridge, channel, time, codec, and then received: count, lost, per cent, jitter; and the same sent
        lines = asterisk.cli("pjsip show channelstats").splitlines()
        found = [line.split("ulaw")[1].split() for line in lines if f" {name}" in line]
        return bool(found) and min(int(found[0][0]), int(found[0][4])) > 50

    with Calls(asterisk16, 1, (Load("402", 60, 30), Load("403", 60, 30))):
        for asterisk, name in ((asterisk16, "trunk-peer"), (asterisk16, "pbx22"), (asterisk22, "pbx16")):
            assert until(partial(flows, asterisk, name), 15), asterisk.cli("pjsip show channelstats")


def test_chan_sip(asterisk16: Asterisk, asterisk22: Asterisk) -> None:
    """On 16 chan_sip can be loaded; it registers at 22, and fails to at a dead port."""
    asterisk16.cli("module load chan_sip.so")
    assert until(lambda: re.search(r"sip16 .* Registered", asterisk16.cli("sip show registry")))
    assert re.search(rf":{asterisk16.ports['DEAD']} .* me ", asterisk16.cli("sip show registry"))
    assert until(lambda: "sip16/" in asterisk22.cli("pjsip show contacts"))
    asterisk16.cli("module unload chan_sip.so")
    assert "No such command" in asterisk16.cli("sip show registry")
