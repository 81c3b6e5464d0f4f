"""What the configuration may say of PJSIP: which endpoints, and whether each is told of."""

from __future__ import annotations

from typing import Literal

from exporter.metrics.options import Options, Pattern, chosen
from exporter.metrics.readers import Condition


class PjsipOptions(Options):
    """Options of the collector pjsip."""

    endpoints: Literal["auto", True, False] = "auto"
    """Metrics for each endpoint and AOR: true, false, or auto, which leaves them out above 500 of a server."""
    include: tuple[Pattern, ...] = ()
    """Regular expressions; only endpoints and AORs whose whole name matches one are told of. Without any: all."""
    exclude: tuple[Pattern, ...] = ()
    """Regular expressions; endpoints and AORs whose whole name matches one are not told of, even if included."""

    def watched(self, header: str, before: str = "", after: str = "") -> Condition | None:
        """Which rows are told of, by the name between `before` and `after` in a header; None: all."""
        return chosen(header, self.include, self.exclude, before, after)
