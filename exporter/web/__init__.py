"""The web floor: serves metrics, health and status over HTTP; knows nothing of Asterisk's meaning."""

from exporter.web.addresses import ListenFailed
from exporter.web.server import Server, start
from exporter.web.settings import USUAL, Settings
from exporter.web.source import Crowded, ServerStatus, Source

__all__ = ["USUAL", "Crowded", "ListenFailed", "Server", "ServerStatus", "Settings", "Source", "start"]
