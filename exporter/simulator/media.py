"""RTCP: what both ends of a channel's media report of it, while somebody wants to hear that."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from exporter.simulator.channels import UP, Channel, Stream, Tell
from exporter.simulator.timeline import Story

INTERVAL = 5.0  # s from report to report
_CLOCK = 8000  # Hz
_PACKETS = 50  # a second, of 160 bytes
_BAD = "PJSIP/carrier-b"  # the line of one carrier is worse than the other's


class Media:
    """Tells of reports. It has chances of its own, so that calls go as they go, whoever listens."""

    def __init__(self, tell: Tell, clock: Callable[[], float], seed: int) -> None:
        self._tell = tell
        self._clock = clock
        self._rng = random.Random(seed)  # noqa: S311

    def report(self, channels: Iterable[Channel]) -> None:
        """Both reports of each channel that has media."""
        for channel in channels:
            if channel.state is UP and channel.device and channel.answered:
                self._report(channel, channel.answered)

    def _report(self, channel: Channel, since: float) -> None:
        rng, now = self._rng, self._clock()
        if (stream := channel.media) is None:
            lossy = 0.02 if channel.device == _BAD else 0.001
            stream = channel.media = Stream(rng.getrandbits(32), rng.expovariate(1 / lossy))
        stream.reports += 1
        talked = max(now - since, 0.0)
        sent = int(talked * _PACKETS)
        port = 10_000 + stream.ssrc % 5_000 * 2
        near, far = f"192.0.2.10:{port}", f"203.0.113.{stream.ssrc % 250 + 1}:{port}"
        # In Asterisk's RTCPReceived SSRC is no SSRC, and the first report has not heard of ours.
        for name, to, come in (("RTCPSent", far, near), ("RTCPReceived", near, far)):
            lost = min(rng.expovariate(1 / stream.lossy), 0.5)
            stream.lost += int(lost * _PACKETS * INTERVAL)
            score = f"{max(88.1 - 250.0 * lost, 1.0):.1f}"
            heard = stream.reports > 1
            ours = f"0x{stream.ssrc:08x}"
            self._tell(
                *(name, channel, to, come),
                *([f"{rng.uniform(0.012, 0.05):.4f}" if heard else "0.0000"] if name != "RTCPSent" else []),
                *(score, ours, "200(SR)", "1", f"{now:.6f}", str(int(talked * _CLOCK)), str(sent)),
                *(str(sent * 160), ours, str(int(lost * 256)), str(stream.lost), str(sent % 65536), "0"),
                *(str(int(rng.expovariate(1 / 40.0))), str(int(now) % 2**31 if heard else 0), "1.2500"),
            )


def reports(
    media: Media, channels: Callable[[], Iterable[Channel]], wanted: Callable[[], bool], speed: float
) -> Story:
    """Reports come by the clock on the wall, however fast the day goes; none is made for nobody."""
    while True:
        yield INTERVAL * speed
        if wanted():
            media.report(channels())
