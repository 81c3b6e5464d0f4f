"""What is made once for each Asterisk, and shared by tests that all run in one process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import pytest

from tests.lab.asterisk import Asterisk

T = TypeVar("T")


class Once(Generic[T]):
    """Keeps what was made. What failed is not tried again: every test that needs it fails."""

    def __init__(self) -> None:
        self._made: dict[str, T | BaseException] = {}

    def get(self, asterisk: Asterisk, make: Callable[[], T]) -> T:
        """What was made for this version, now or before."""
        if asterisk.version not in self._made:
            try:
                self._made[asterisk.version] = make()
            except BaseException as error:
                self._made[asterisk.version] = error
                raise
        made = self._made[asterisk.version]
        if isinstance(made, BaseException):
            pytest.fail(f"what the tests share could not be made: {made}", pytrace=False)
        return made
