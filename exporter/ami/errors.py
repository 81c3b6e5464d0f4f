"""What can go wrong in a conversation with Asterisk, and whose fault it is.

    AMIError
    ├── ConnectionFailed      there is no session: why is in `reason`
    │   └── LoginRefused      Asterisk answered, and the answer was no
    ├── ActionFailed          there is a session, but no usable answer: why is in `reason`
    └── LocalProtocolError    we tried to send what must not be sent; nothing was written

Any other exception out of this package is a bug.
"""

from __future__ import annotations

from typing import Literal, get_args

FailureReason = Literal[
    "dns", "refused", "unreachable", "timeout", "tls", "greeting", "auth", "in_use", "closed", "protocol"
]
ActionFailureReason = Literal["error", "denied", "unknown", "timeout", "closed"]

FAILURE_REASONS: tuple[str, ...] = get_args(FailureReason)
ACTION_FAILURE_REASONS: tuple[str, ...] = get_args(ActionFailureReason)


class AMIError(Exception):
    """The root of all errors of this package."""


class ConnectionFailed(AMIError):
    """No session with Asterisk: it could not be had, or it ended."""

    def __init__(self, reason: FailureReason, text: str) -> None:
        super().__init__(text)
        self.reason: FailureReason = reason


class LoginRefused(ConnectionFailed):
    """Asterisk refused the login. Trying again soon is of no use and can get this host banned."""


class ActionFailed(AMIError):
    """The action brought no usable answer; the session may live on."""

    def __init__(self, reason: ActionFailureReason, text: str) -> None:
        super().__init__(text)
        self.reason: ActionFailureReason = reason


class LocalProtocolError(AMIError, ValueError):
    """We were asked to send something that AMI cannot carry or that this client never sends."""
