"""What a metric is: the words that a collector file uses."""

from exporter.metrics.collector import Collector, Site, Trunk
from exporter.metrics.conditions import All, Is, Matches, Not
from exporter.metrics.families import SHORT, Family, counter, gauge, histogram, info, states
from exporter.metrics.folds import Fold, Folded, Machine, Open, Seed
from exporter.metrics.labels import Choice, FirstMatch, Part, Text
from exporter.metrics.numbers import Age, Case, Exceeds, Flag, Number, Seconds, Since
from exporter.metrics.options import Options
from exporter.metrics.sources import (
    Derived,
    Each,
    Events,
    Facts,
    Fixed,
    Happenings,
    Joined,
    Live,
    Poll,
    Table,
)

__all__ = [
    "SHORT",
    "Age",
    "All",
    "Case",
    "Choice",
    "Collector",
    "Derived",
    "Each",
    "Events",
    "Exceeds",
    "Facts",
    "Family",
    "FirstMatch",
    "Fixed",
    "Flag",
    "Fold",
    "Folded",
    "Happenings",
    "Is",
    "Joined",
    "Live",
    "Machine",
    "Matches",
    "Not",
    "Number",
    "Open",
    "Options",
    "Part",
    "Poll",
    "Seconds",
    "Seed",
    "Since",
    "Site",
    "Table",
    "Text",
    "Trunk",
    "counter",
    "gauge",
    "histogram",
    "info",
    "states",
]
