"""Users: who is admitted, what a wrong password costs, and that nothing is reachable without one."""

from __future__ import annotations

import asyncio
import base64
import time

import aiohttp
import bcrypt
import pytest
from pydantic import SecretStr

from exporter.web.security import users
from exporter.web.security.users import Busy, Users
from tests.web.asking import asking

from .conftest import Serve


def hashed(password: str, cost: int = 4) -> str:
    """The bcrypt hash of a password."""
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()


def basic(user: str, password: str) -> str:
    """The header Authorization."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


LONG = "x" * 80
KNOWN = Users(
    {
        "alice": SecretStr(hashed("sesame")),
        "böb": SecretStr(hashed("pass:wörd").replace("$2b$", "$2y$")),
        "long": SecretStr(hashed(LONG)),
        "": SecretStr(hashed("nobody")),
    }
)


@pytest.mark.parametrize(
    ("authorization", "admitted"),
    [
        (basic("alice", "sesame"), True),
        (basic("alice", "sesame").replace("Basic", "bAsIc"), True),
        (basic("böb", "pass:wörd"), True),
        (basic("long", LONG), True),
        (basic("", "nobody"), True),
        (basic("alice", "Sesame"), False),
        (basic("alice", ""), False),
        (basic("alice", "sesame\0"), False),
        (basic("Alice", "sesame"), False),
        (basic("mallory", "sesame"), False),
        ("Basic", False),
        ("Basic alice:sesame", False),
        ("Basic " + base64.b64encode(b"alice").decode(), False),
        ("Basic " + base64.b64encode(b"\xff:sesame").decode(), False),
        (basic("alice", "sesame").replace("Basic", "Bearer"), False),
        ("", False),
    ],
)
async def test_who_is_admitted(authorization: str, admitted: bool) -> None:
    """Name and password must be right, to the letter; bcrypt looks at 72 bytes."""
    for _ in range(2):  # the second time it may be remembered
        assert await KNOWN.admit(authorization) is admitted


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The hashes that bcrypt was asked to compare with."""
    seen: list[bytes] = []

    def checkpw(password: bytes, value: bytes) -> bool:
        seen.append(value)
        return password == b"sesame"

    monkeypatch.setattr("exporter.web.security.users.bcrypt.checkpw", checkpw)
    return seen


async def test_a_right_password_is_checked_once(checks: list[bytes]) -> None:
    """And no number of wrong ones pushes it out; a wrong one is checked each time."""
    known = Users({"alice": SecretStr(hashed("sesame")), "bob": SecretStr(hashed("other", 5))})
    assert await known.admit(basic("alice", "sesame"))
    for number in range(2 * users.KEPT):
        assert not await known.admit(basic("alice", f"wrong {number}"))
    assert len(checks) == 1 + 2 * users.KEPT
    assert await known.admit(basic("alice", "sesame"))
    assert len(checks) == 1 + 2 * users.KEPT


async def test_the_same_password_of_many_is_checked_once(checks: list[bytes]) -> None:
    """All targets of a fleet are scraped with one: who waits for its check does not check again."""
    known = Users({"alice": SecretStr(hashed("sesame"))})
    asked = [known.admit(basic("alice", "sesame")) for _ in range(20)]
    assert await asyncio.gather(*asked) == [True] * 20
    assert len(checks) == 1


async def test_who_is_unknown_is_compared_too(checks: list[bytes]) -> None:
    """With the costliest hash there is, and is refused even if it fits."""
    slow = hashed("other", 6)
    known = Users({"alice": SecretStr(hashed("sesame", 5)), "bob": SecretStr(slow)})
    assert not await known.admit(basic("mallory", "sesame"))
    assert checks == [slow.encode()]


async def test_the_unknown_take_as_long() -> None:
    """From the time of an answer nobody learns who is a user."""
    known = Users({"alice": SecretStr(hashed("sesame", 8))})

    async def seconds(user: str) -> float:
        times = []
        for number in range(7):
            begun = time.perf_counter()
            assert not await known.admit(basic(user, f"wrong {number}"))
            times.append(time.perf_counter() - begun)
        return min(times)

    alice, mallory = await seconds("alice"), await seconds("mallory")
    assert 1 / 3 < alice / mallory < 3


async def test_checks_queue_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time; when many wait, more are turned away, but for those that are remembered."""
    known = Users({"alice": SecretStr(hashed("sesame"))})
    assert await known.admit(basic("alice", "sesame"))
    monkeypatch.setattr(users, "WAITING", 3)
    waiting = [asyncio.create_task(known.admit(basic("alice", f"wrong {number}"))) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await known.admit(basic("mallory", "x"))
    assert await known.admit(basic("alice", "sesame"))
    assert await asyncio.gather(*waiting) == [False] * 3
    assert not await known.admit(basic("mallory", "x"))


PATHS = ["/", "/metrics", "/probe?target=hq", "/sd", "/config", "/api/v1/servers", "/-/healthy", "/-/ready"]


@pytest.mark.parametrize("path", [*PATHS, "/-/reload", "/nothing", "/favicon.ico"])
async def test_nothing_without_a_password(serve: Serve, path: str) -> None:
    """Each path asks for one, by any method; health too, as with Prometheus' exporters."""
    server = await serve(f"basic_auth_users: {{alice: '{hashed('sesame')}'}}")
    async with aiohttp.ClientSession(f"http://{server.addresses[0]}") as client:
        get = asking(client)
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            for header in ({}, {"Authorization": basic("alice", "wrong")}):
                response, _ = await get(path, method, **header)
                assert response.status == 401
                assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
                assert response.headers["X-Content-Type-Options"] == "nosniff"
        if path in PATHS:
            response, _ = await get(path, Authorization=basic("alice", "sesame"))
            assert response.status == 200
