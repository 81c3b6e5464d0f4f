"""What a session that has ended must not leave behind."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.ami import Client

from .scripted import until


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Whatever happens inside leaves no task, no client and no descriptor."""
    asyncio.get_running_loop().set_exception_handler(lambda _, context: pytest.fail(str(context)))
    tasks, open_before = asyncio.all_tasks(), descriptors()
    yield
    await until(lambda: asyncio.all_tasks() == tasks and descriptors() <= open_before)
    gc.collect()
    assert not [item for item in gc.get_objects() if isinstance(item, Client)]
