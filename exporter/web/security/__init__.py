"""Who may read, and over what: TLS, users and headers, in the web config file of Prometheus' exporters."""

from exporter.web.security.file import WebConfig, read
from exporter.web.security.gate import Gate

__all__ = ["Gate", "WebConfig", "read"]
