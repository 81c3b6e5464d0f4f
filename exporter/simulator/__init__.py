"""A simulated Asterisk that speaks AMI, for the demo and for scale; never proof of what Asterisk does."""

from exporter.simulator.server import Simulator

__all__ = ["Simulator"]
