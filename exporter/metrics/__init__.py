"""What a metric is: the words that a collector file uses."""

from exporter.metrics.collector import Collector, Options
from exporter.metrics.families import SHORT, Family, counter, gauge, histogram, info, states
from exporter.metrics.readers import Age, All, Choice, Is, Matches, Not, Number, Part, Seconds, Text
from exporter.metrics.sources import Events, Facts, Happenings, Live, Poll, Table

__all__ = [
    "SHORT",
    "Age",
    "All",
    "Choice",
    "Collector",
    "Events",
    "Facts",
    "Family",
    "Happenings",
    "Is",
    "Live",
    "Matches",
    "Not",
    "Number",
    "Options",
    "Part",
    "Poll",
    "Seconds",
    "Table",
    "Text",
    "counter",
    "gauge",
    "histogram",
    "info",
    "states",
]
