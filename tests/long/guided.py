"""A fuzzer that follows the branches of the exporter: python -m tests.long.guided -max_total_time=SECONDS."""

from __future__ import annotations

import sys
from importlib import import_module

atheris = import_module("atheris")
with atheris.instrument_imports(include=["exporter"], enable_loader_override=False):
    from tests.long.fuzz import READERS, stream

TARGETS = (stream, *READERS)


def one(data: bytes) -> None:
    """The first byte chooses who reads the rest."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
