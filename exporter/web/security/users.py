"""Users and their passwords: bcrypt, one check at a time, and none a second time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

import bcrypt
from pydantic import SecretStr

KEPT = 100  # right answers
WAITING = 50  # checks that wait for their turn; each takes tens of ms


class Busy(Exception):
    """Too many passwords wait to be checked."""


class Users:
    """Says whether a request's Authorization is that of a user.

    Only right passwords are remembered: who guesses can push none of them out.
    """

    def __init__(self, hashes: Mapping[str, SecretStr]) -> None:
        self._hashes = {user: value.get_secret_value().encode() for user, value in hashes.items()}
        # Who is unknown is compared with the costliest, and takes as long.
        self._other = max(self._hashes.values(), key=lambda value: value[4:6], default=b"")
        self._right: dict[tuple[str, bytes], None] = {}
        self._key = secrets.token_bytes(32)
        self._turn = asyncio.Lock()
        self._waiting = 0

    def __bool__(self) -> bool:
        return bool(self._hashes)

    async def admit(self, authorization: str) -> bool:
        """Whether it is a user's name and password. Raises Busy."""
        named = _parsed(authorization)
        if named is None:
            return False
        user, password = named
        known = self._hashes.get(user)
        mark = user, hmac.digest(self._key, password, hashlib.sha256)
        if mark in self._right:
            return True
        if self._waiting >= WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                if mark in self._right:  # somebody before us asked the same
                    return True
                same = await asyncio.to_thread(_same, password, known or self._other)
        finally:
            self._waiting -= 1
        if not (same and known):
            return False
        self._right[mark] = None
        if len(self._right) > KEPT:
            del self._right[next(iter(self._right))]
        return True


def _parsed(authorization: str) -> tuple[str, bytes] | None:
    """User and password of an Authorization header; None if it is no such."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, mark, password = base64.b64decode(rest.strip(), validate=True).partition(b":")
        return (user.decode(), password) if mark else None
    except ValueError:
        return None


def _same(password: bytes, value: bytes) -> bool:
    try:
        return bcrypt.checkpw(password[:72], value)  # bcrypt looks at no more, as htpasswd knows
    except ValueError:
        return False
