"""The run of calls that the proofs share."""

from __future__ import annotations

import pytest

from tests.lab.asterisk import Asterisk
from tests.proof.once import Once
from tests.proof.run import Run, take

_runs = Once[Run]()


@pytest.fixture
def run(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Made once for each Asterisk."""
    return _runs.get(asterisk, lambda: take(asterisk, tmp_path_factory.mktemp("run")))
