"""Asks a web server, in a line."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp

Answer = tuple[aiohttp.ClientResponse, bytes]
Get = Callable[..., Coroutine[Any, Any, Answer]]


def asking(client: aiohttp.ClientSession) -> Get:
    """A function that asks for a path, with headers as keywords (_ for -), and gives answer and body."""

    async def ask(path: str, method: str = "GET", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with client.request(method, path, headers=named, allow_redirects=False) as response:
            return response, await response.read()

    return ask
