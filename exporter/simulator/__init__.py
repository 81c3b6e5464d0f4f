"""A simulated Asterisk that speaks AMI, for the demo and for scale; never proof of what Asterisk does."""

from exporter.simulator.company import Size
from exporter.simulator.faults import FAULTS, Fault
from exporter.simulator.versions import VERSIONS

__all__ = ["FAULTS", "VERSIONS", "Fault", "Size"]
