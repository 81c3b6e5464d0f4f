"""The login as a dialogue of actions and replies; no IO."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal

from exporter.ami.errors import ConnectionFailed, LoginRefused
from exporter.ami.session import Action, Reply


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in, and how: `challenge` (MD5, the secret does not travel) or `plain`."""

    username: str
    secret: str = field(repr=False)
    method: Literal["challenge", "plain"] = "challenge"


def login(credentials: Credentials, mask: str) -> Generator[Action, Reply, None]:
    """Yield the actions of a login; be sent their replies.

    Args:
        mask: read classes of events to receive, separated by commas without spaces (Asterisk drops
            a class after a space); empty for none.

    Raises LoginRefused or ConnectionFailed.
    """
    name, secret = credentials.username, credentials.secret
    events = ("Events", mask or "off")
    if credentials.method == "challenge":
        reply = yield Action("Challenge", [("AuthType", "MD5")])
        challenge = reply.response.get("Challenge")
        if reply.failure or challenge is None:
            raise _refused(reply, name)
        # Asterisk compares the digest as text: lower case.
        text = (challenge + secret).encode("utf-8", "surrogateescape")
        key = hashlib.md5(text, usedforsecurity=False).hexdigest()
        proof = [("AuthType", "MD5"), ("Username", name), ("Key", key)]
    else:
        proof = [("Username", name), ("Secret", secret)]
    reply = yield Action("Login", [*proof, events])
    if reply.failure or reply.response.name != "Success":
        raise _refused(reply, name)
    if mask:
        reply = yield masking(mask)
        if silenced(reply):
            yield masking("on")


def masking(mask: str) -> Action:
    """The action that sets the mask of a session."""
    return Action("Events", [("EventMask", mask)])


def silenced(reply: Reply) -> bool:
    """Whether that turned all events off: of a mask whose classes it does not know Asterisk says Success."""
    return (reply.response.get("Events") or "On").strip().lower() == "off"


def _refused(reply: Reply, name: str) -> ConnectionFailed:
    text = (reply.response.get("Message") or "").strip()
    folded = text.lower()
    if "already in use" in folded:
        return LoginRefused(
            "in_use", f"user {name!r} is logged in already, and manager.conf says allowmultiplelogin=no"
        )
    if "authentication" in folded or "permission denied" in folded:
        return LoginRefused(
            "auth",
            f"Asterisk refused user {name!r}: wrong name, wrong secret, or an address that permit, deny "
            "or acl in manager.conf refuses (Asterisk answers all of these alike; its own log tells which)",
        )
    if "shutting down" in folded:
        return ConnectionFailed("closed", "Asterisk is shutting down")
    return ConnectionFailed("protocol", f"the login was answered with {reply.response.name!r}: {text!r}")
