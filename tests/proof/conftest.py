"""The run of calls that the proofs share."""

from __future__ import annotations

import pytest

from tests.lab.asterisk import Asterisk
from tests.proof.run import Run, take

_runs: dict[str, Run | BaseException] = {}


@pytest.fixture
def run(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Made once for each Asterisk, whose tests all run in one process. A failed one is not tried again."""
    if asterisk.version not in _runs:
        try:
            _runs[asterisk.version] = take(asterisk, tmp_path_factory.mktemp("run"))
        except BaseException as error:
            _runs[asterisk.version] = error
            raise
    made = _runs[asterisk.version]
    if isinstance(made, BaseException):
        pytest.fail(f"the run of calls failed: {made}", pytrace=False)
    return made
