"""A console to one Asterisk over AMI: what is typed becomes an action, what comes is shown."""

from exporter.console.console import Console
from exporter.console.events import EventFilter
from exporter.console.requests import Mistake, joined, split
from exporter.console.screen import Screen, in_colour, on_terminal
from exporter.console.show import Style

__all__ = [
    "Console",
    "EventFilter",
    "Mistake",
    "Screen",
    "Style",
    "in_colour",
    "joined",
    "on_terminal",
    "split",
]
