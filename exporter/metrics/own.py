"""What the exporter tells of itself, whatever servers it watches."""

from __future__ import annotations

from dataclasses import replace

from exporter.metrics.collector import Collector
from exporter.metrics.families import SHORT, gauge, histogram, info
from exporter.metrics.numbers import Number
from exporter.metrics.sources import Facts, Happenings

EXPORTER = Facts("exporter")

OWN = Collector(
    name="exporter",
    help=__doc__,
    families=tuple(
        replace(family, per_server=False)
        for family in (
            info(
                "exporter_build_info",
                "What runs: version of the exporter, its commit (unknown once installed), version of Python.",
                EXPORTER,
                {"version": "Version", "revision": "Revision", "python": "Python"},
            ),
            gauge(
                "exporter_config_last_reload_successful",
                "1 if the configuration that was last read was good, 0 if the one before it is still in use.",
                EXPORTER,
                value=Number("ReloadSuccessful"),
            ),
            gauge(
                "exporter_config_last_reload_success_timestamp_seconds",
                "When a good configuration was last read, as Unix time.",
                EXPORTER,
                value=Number("ReloadTime"),
            ),
            histogram(
                "exporter_event_loop_lag_seconds",
                "How much later than due the event loop runs what is due, sampled twice a second.",
                Happenings("loop_lag"),
                value=Number("Seconds"),
                buckets=SHORT,
            ),
        )
    ),
)
