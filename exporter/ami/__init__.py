"""A client for the Asterisk Manager Interface; knows nothing of metrics."""

from exporter.ami.actions import READING, Reading, reading
from exporter.ami.client import Client
from exporter.ami.endpoint import TLS, Endpoint
from exporter.ami.errors import (
    ACTION_FAILURE_REASONS,
    FAILURE_REASONS,
    ActionFailed,
    AMIError,
    ConnectionFailed,
    LocalProtocolError,
    LoginRefused,
)
from exporter.ami.intake import Intake
from exporter.ami.login import Credentials
from exporter.ami.message import Message
from exporter.ami.recording import Packet, Packets, Recorder, Recording
from exporter.ami.session import ANOMALIES, Action, Reply, Session
from exporter.ami.threads import in_thread
from exporter.ami.timing import Pong, Timing

__all__ = [
    "ACTION_FAILURE_REASONS",
    "ANOMALIES",
    "FAILURE_REASONS",
    "READING",
    "TLS",
    "AMIError",
    "Action",
    "ActionFailed",
    "Client",
    "ConnectionFailed",
    "Credentials",
    "Endpoint",
    "Intake",
    "LocalProtocolError",
    "LoginRefused",
    "Message",
    "Packet",
    "Packets",
    "Pong",
    "Reading",
    "Recorder",
    "Recording",
    "Reply",
    "Session",
    "Timing",
    "in_thread",
    "reading",
]
