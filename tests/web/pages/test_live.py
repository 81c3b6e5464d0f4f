"""Streams of what changes on a page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from exporter.web import Server
from exporter.web.pages import live
from exporter.web.pages import pages as served
from exporter.web.pages.html import tag
from exporter.web.pages.live import Feed
from tests.web.asking import Get
from tests.web.source import Fake


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for."""
    monkeypatch.setattr(live, "PERIOD", 0.0)
    monkeypatch.setattr(live, "SHARE", 0)


class Board:
    """A page of some texts."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.feed = Feed(lambda: ((key, tag("p", text)) for key, text in self.texts.items()), item="item_")
        self.feed._pause = 0.0


async def told(messages: AsyncIterator[bytes]) -> tuple[int, dict[str, Any]]:
    """The next message: its revision and what it says."""
    number, data = (await anext(messages)).decode().splitlines()[:2]
    return int(number.removeprefix("id: ")), json.loads(data.removeprefix("data: "))


async def test_only_what_is_new_is_told() -> None:
    """At first what the page does not have, then what changes."""
    board = Board(a="1", b="2")
    await board.feed.refresh()
    loaded = board.feed.revision
    board.texts["b"] = "3"
    messages = board.feed.messages(loaded)
    first, said = await told(messages)
    assert said == {"pieces": {"b": "<p>3</p>"}}
    board.texts |= {"a": "<", "c": "4"}
    second, said = await told(messages)
    assert said == {"pieces": {"a": "<p>&lt;</p>", "c": "<p>4</p>"}}
    assert second > first > loaded


async def test_who_comes_back_gets_what_was_missed() -> None:
    """A listener that knows an old revision, also of an exporter that has ended, gets all that is newer."""
    board = Board(a="1", b="2")
    _, said = await told(board.feed.messages(0))
    assert said["pieces"].keys() == {"a", "b"}
    known = board.feed.revision
    again = Board(a="1", b="2")
    again.feed.revision += 1000  # it was started a second later
    _, said = await told(again.feed.messages(known))
    assert said["pieces"].keys() == {"a", "b"}


async def test_a_list_is_told_in_its_order() -> None:
    """What a listener's filter hides is not sent; what comes into sight is, with the order of all."""
    board = Board(title="x", item_a="1", item_b="2", item_c="3")
    shown = ["item_b", "item_a"]
    await board.feed.refresh()
    messages = board.feed.messages(board.feed.revision, lambda: list(shown))
    assert (await told(messages))[1] == {"order": ["item_b", "item_a"]}
    board.texts |= {"item_c": "4", "item_b": "5"}
    assert (await told(messages))[1] == {"pieces": {"item_b": "<p>5</p>"}}
    shown[:] = ["item_c", "item_b"]
    assert (await told(messages))[1] == {"pieces": {"item_c": "<p>4</p>"}, "order": shown}


async def test_silence_has_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing changes a comment is sent now and then."""
    board = Board(a="1")
    messages = board.feed.messages(0)
    await told(messages)
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    assert await anext(messages) == b":\n\n"


async def test_a_stream_over_http(server: Server, source: Fake) -> None:
    """It is a stream of server-sent events; a reload that fails is told in it."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://{server.addresses[0]}/events") as answer,
    ):
        assert answer.headers["Content-Type"] == "text/event-stream"
        async for line in answer.content:
            if line.startswith(b"data:"):
                break
        source.wrong = ("config.yaml:3:1: no",)
        async for line in answer.content:
            if line.startswith(b"data:"):
                break
        assert b"config.yaml:3:1: no" in line


async def test_streams_are_limited(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit a page is told to come again."""
    monkeypatch.setattr(served, "STREAMS", 0)
    response, body = await get("/events")
    assert (response.status, response.headers["Retry-After"]) == (503, "30")
    assert body == b"Too many pages are open.\n"


async def test_a_server_that_is_configured_no_more(server: Server, source: Fake) -> None:
    """Its stream ends, so that its page does not go on to look live."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://{server.addresses[0]}/events?server=hq") as answer,
    ):
        await answer.content.readline()
        source.rows = [row for row in source.rows if row.name != "hq"]
        await answer.content.read()
        assert answer.content.at_eof()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/events?server=nobody", 400, b"Unknown server: nobody\nKnown: branch, hq\n"),
        ("/events?sort=speed", 400, b"Unknown sort: speed\n"),
        ("/events?after=-1", 400, b"after is the number of a revision"),
        ("/servers/nobody", 404, b"Unknown server: nobody\nKnown: branch, hq\n"),
    ],
)
async def test_wrong_parameters(get: Get, path: str, status: int, said: bytes) -> None:
    """They are refused with what is allowed."""
    response, body = await get(path)
    assert response.status == status
    assert body.startswith(said)
