"""When Asterisk started, as its FullyBooted tells it."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.pbx.link import Link


@pytest.fixture
def link() -> Link:
    """Asterisk started at 1000; it answered a Ping of 1600."""
    link = Link((), ())
    assert not booted(link, 600, 1600)
    link.heard = 1600.0
    return link


def booted(link: Link, uptime: int, now: float) -> bool:
    """Whether this FullyBooted tells of a new start."""
    return link.boot(Message(f"Event: FullyBooted\r\nUptime: {uptime}\r\nLastReload: {uptime}".encode()), now)


@pytest.mark.parametrize("late", [0.0, 0.9, 8.0, 500.0])
def test_a_line_that_stalls_makes_no_new_start(link: Link, late: float) -> None:
    """What comes late seems to tell of a later start, at which the one before was heard of still."""
    assert not booted(link, 700, 1700 + late)
    assert link.started == link.reloaded == 1000


def test_a_new_start_is_one(link: Link) -> None:
    """Also if the end of the one before was noticed long after."""
    assert booted(link, 40, 1645)
    assert link.started == link.reloaded == 1605


def test_an_earlier_start_was_so_all_along(link: Link) -> None:
    """The first that was told had come late: the start is put right, and is no new one."""
    assert not booted(link, 705, 1700)
    assert link.started == 995


def test_another_asterisk_may_have_started_before_the_last_one_was_left(link: Link) -> None:
    """As where a name moves to a standby; a packet is never later than its session is old."""
    link.session_start = 1899.0
    assert booted(link, 600, 1900)
    assert link.started == link.reloaded == 1300
