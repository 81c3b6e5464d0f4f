"""From files or the environment to a configuration that was found good."""

from exporter.config.environment import from_environment
from exporter.config.errors import ConfigError, Problem
from exporter.config.load import load
from exporter.config.model import Config, Server, Settings
from exporter.config.schema import json_schema

__all__ = [
    "Config",
    "ConfigError",
    "Problem",
    "Server",
    "Settings",
    "from_environment",
    "json_schema",
    "load",
]
