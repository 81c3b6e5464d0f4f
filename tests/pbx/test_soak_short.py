"""The short form of make soak: a burst, a stream, and some hours of a busy PBX in seconds."""

from __future__ import annotations

from tests.long.soak import burst, slope, soak

LAG = 0.05  # s, of the event loop at the 99th percentile


async def test_a_burst_is_counted_to_the_last_event() -> None:
    """20,000 events as fast as they are read: none is dropped, and the session stays."""
    done = await burst(20_000)
    assert done.counted == done.sent == 20_000
    assert done.sessions == 1


async def test_the_event_loop_stays_free_in_a_stream() -> None:
    """2,000 events a second while the page is read: all counted, and others have their turn."""
    done = await burst(10_000, 2_000.0)
    assert done.counted == done.sent == 10_000
    assert done.sessions == 1
    assert done.lag < LAG * 5


async def test_nothing_grows_with_time() -> None:
    """A while of 200 channels: descriptors, tasks and series do not grow by more than their noise."""
    found, counted = await soak(0.15, 0.1, speed=60.0)
    assert counted["sessions"] == 1
    assert counted["events"] > 1_000
    assert counted["answers"] > 10
    for field in ("descriptors", "tasks"):
        grows, error = slope(found, field)
        assert grows <= 4 * error + 4, field
    assert found[-1].seen - found[0].seen < 100
    assert found[-1].memory - found[0].memory < 20
