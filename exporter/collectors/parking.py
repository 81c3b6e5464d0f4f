"""Parked calls: how many wait in each lot, for how long, and how their waiting ended."""

from exporter.metrics import Age, Choice, Collector, Events, Live, Poll, Table, counter, gauge
from exporter.metrics.formulas import Difference

OUTCOMES = {
    "UnParkedCall": "retrieved",
    "ParkedCallTimeOut": "timeout",
    "ParkedCallGiveUp": "gave_up",
    "ParkedCallSwap": "swapped",
}

# Named as parked calls name it, so that each lot has a count, as 0 if nobody waits.
lots = Table("parking_lots", "Parkinglot", key=("Parkinglot",), rename={"Parkinglot": "Name"})

# A space holds one call. When another channel takes the place of the parked one (ParkedCallSwap), the
# call waits on in the same space.
parked = Table(
    "parked_calls",
    "ParkedCall",
    key=("Parkinglot", "ParkingSpace"),
    live=(
        Live("ParkedCall", "create"),
        Live("UnParkedCall", "remove"),
        Live("ParkedCallTimeOut", "remove"),
        Live("ParkedCallGiveUp", "remove"),
    ),
)

COLLECTOR = Collector(
    name="parking",
    help=__doc__,
    reads=("call",),
    polls=(Poll("Parkinglots", fills=(lots,)), Poll("ParkedCalls", fills=(parked,))),
    families=(
        gauge(
            "parking_lot_spaces",
            "Spaces of a parking lot; from Parkinglots, StopSpace less StartSpace and one more.",
            lots,
            {"lot": "Parkinglot"},
            Difference("StopSpace", less="StartSpace", offset=1.0),
        ),
        gauge(
            "parked_calls",
            "Calls parked now; from ParkedCalls, kept live by ParkedCall and the events that end the waiting.",
            parked,
            {"lot": "Parkinglot"},
            over=lots,
        ),
        gauge(
            "parked_call_longest_seconds",
            "How long the call that was parked first waits already, 0 with none; from ParkedCalls, field "
            "ParkingDuration.",
            parked,
            {"lot": "Parkinglot"},
            Age("ParkingDuration"),
            take="max",
            over=lots,
        ),
        counter(
            "parking_outcomes_total",
            "Ends of waiting: retrieved (UnParkedCall), timeout (ParkedCallTimeOut), gave_up (ParkedCallGiveUp); "
            "and swapped (ParkedCallSwap): another channel took the place, and waits on.",
            Events(*OUTCOMES),
            {"lot": "Parkinglot", "outcome": Choice("Event", OUTCOMES, other="swapped")},
            over=lots,
        ),
    ),
)
