"""The web floor: serves metrics, health and status over HTTP; knows nothing of Asterisk's meaning."""

from exporter.web.addresses import ListenFailed
from exporter.web.server import Server, start
from exporter.web.source import ServerStatus, Source

__all__ = ["ListenFailed", "Server", "ServerStatus", "Source", "start"]
