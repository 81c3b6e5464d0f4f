"""Prometheus exporter and monitor for Asterisk PBX, over the Asterisk Manager Interface."""

__version__ = "0.1.0"
