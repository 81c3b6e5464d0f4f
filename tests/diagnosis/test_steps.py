"""The steps to a server that misbehaves on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exporter.ami import Endpoint, Timing
from exporter.config import Config, load
from exporter.diagnosis import Diagnosis, diagnose, steps
from tests.ami.scripted import BOOTED, Peer, Scripted

FREE = "BridgeList: Get a list of bridges.  (Priv: <none>)"
CORE = [f"Core{name}: Show something.  (Priv: system,reporting,all)" for name in ("Settings", "Status")]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No patience."""
    monkeypatch.setattr(steps, "TIMING", Timing(greeting=0.3, action=0.3, ping=0.3, ping_every=(60.0, 60.0)))
    for name, seconds in {"LISTEN": 0.05, "BOOT": 0.2, "BOOT_LOOK": 0.05, "SETTLE": 0.05}.items():
        monkeypatch.setattr(steps, name, seconds)


def configured(folder: Path, endpoint: Endpoint, *collectors: str) -> Config:
    """A configuration with a server that listens there."""
    (folder / "secret").write_text("s3cret")
    server = {"host": endpoint.host, "port": endpoint.port, "username": "exporter", "secret_file": "secret"}
    file = folder / "config.yaml"
    file.write_text(json.dumps({"servers": {"hq": {**server, "collectors": collectors}}}))
    return load(file)


async def diagnosed(config: Config) -> Diagnosis:
    """What is found at that server."""
    return await diagnose(config, config.servers["hq"])


class Pbx:
    """Answers ListCommands, and every other action with an error; what it was asked."""

    def __init__(self, *offers: list[str], booted: bytes = BOOTED) -> None:
        self._offers = list(offers)
        self._booted = booted
        self.asked: list[str] = []

    async def __call__(self, peer: Peer) -> None:
        """Play it."""
        await peer.login(then=self._booted)
        await peer.answer("Events", "Events: On")
        while True:
            action = await peer.heard()
            self.asked.append(action["Action"])
            if action["Action"] == "ListCommands":
                lines = self._offers.pop(0) if len(self._offers) > 1 else self._offers[0]
            elif action["Action"] == "Ping":
                lines = ["Ping: Pong"]
            else:
                lines = ["Message: Out of order"]
            word = "Error" if "Message: Out of order" in lines else "Success"
            text = "\r\n".join([f"Response: {word}", f"ActionID: {action['ActionID']}", *lines])
            await peer.say(f"{text}\r\n\r\n".encode())


async def test_what_is_offered_and_not_answered(tmp_path: Path) -> None:
    """It is a limit, with Asterisk's own words; what is not offered is never asked."""
    pbx = Pbx([FREE, *CORE])
    async with Scripted(pbx) as server:
        result = await diagnosed(configured(tmp_path, server.endpoint, "core", "queues"))
    found = {each.step: each for each in result.findings}
    assert result.verdict == "works with limits"
    assert found["booted"].state == found["rights"].state == "ok"
    assert found["collector core"].text == "CoreStatus: Out of order; CoreSettings: Out of order"
    assert found["collector queues"].text == "QueueStatus: no such module is loaded"
    assert set(pbx.asked) == {"ListCommands", "CoreSettings", "CoreStatus", "Ping", "Logoff"}


async def test_one_that_still_boots(tmp_path: Path) -> None:
    """As long as it offers more and more actions, it is not judged by them alone."""
    offers = [[f"Action{n}: Does something.  (Priv: <none>)" for n in range(count)] for count in range(1, 50)]
    async with Scripted(Pbx(*offers, booted=b"")) as server:
        result = await diagnosed(configured(tmp_path, server.endpoint))
    (booted,) = [each for each in result.findings if each.step == "booted"]
    assert (booted.state, booted.text) == ("limit", "it still loads its modules")


async def test_a_session_that_ends(tmp_path: Path) -> None:
    """What was found until then is kept."""

    async def end(peer: Peer) -> None:
        await peer.login()
        await peer.answer("Events", "Events: On")
        for _ in range(2):
            await peer.answer("ListCommands", FREE)
        await peer.heard("Ping")

    async with Scripted(end) as server:
        result = await diagnosed(configured(tmp_path, server.endpoint))
    assert [each.step for each in result.findings] == [
        *("name", "port", "greeting", "login", "rights", "booted", "session")
    ]
    assert result.verdict == "does not work"


async def test_a_secret_that_is_gone(tmp_path: Path) -> None:
    """Without it nobody knocks."""
    async with Scripted(Pbx([])) as server:
        config = configured(tmp_path, server.endpoint)
        (tmp_path / "secret").unlink()
        result = await diagnosed(config)
        assert server.connections == 0
    (found,) = result.findings
    assert (found.step, found.state) == ("secret", "fail")
    assert "no such file" in found.text
