"""Gives tests a real Asterisk, and says loudly what was not tested for want of one."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

from tests.lab.asterisk import Asterisk
from tests.lab.ports import PAIRS, VERSIONS
from tests.lab.roots import LabUnavailableError, lab_dir, locked, root_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

NEEDED = ("debootstrap", "sipp", "openssl")
MARK = "no real Asterisk"  # begins every reason to skip that speaks of the lab


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def _run_owner() -> int:
    """The process that both Asterisks belong to: pytest itself, for all of its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _hindrance() -> str:
    """Why this machine has no lab; empty if it can have one."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return "the lab needs root on Debian"
    missing = [name for name in NEEDED if not shutil.which(name)]
    return f"the lab needs {', '.join(missing)}" if missing else ""


@cache
def _installed(version: str, pair: str) -> str:
    """Why this version cannot be had; empty if it is there."""
    try:
        Asterisk(version, _run_owner(), pair=pair).install()
    except LabUnavailableError as error:
        return str(error)
    return ""


def lab(version: str, request: pytest.FixtureRequest) -> Asterisk:
    """A running Asterisk. It lives until the run ends; a test that stopped it need not start it again."""
    if hindrance := _hindrance():
        if _in_ci():
            pytest.fail(f"{MARK} {version}: {hindrance}")
        pytest.skip(f"{MARK} {version}: {hindrance}")
    pair = _pair(request.node.nodeid)
    if fault := _installed(version, pair):
        pytest.skip(f"{MARK} {version}: {fault}")
    asterisk = Asterisk(version, _run_owner(), pair=pair)
    asterisk.start()
    return asterisk


@pytest.fixture
def asterisk16(request: pytest.FixtureRequest) -> Asterisk:
    """Asterisk 16."""
    return lab("16", request)


@pytest.fixture
def asterisk22(request: pytest.FixtureRequest) -> Asterisk:
    """Asterisk 22."""
    return lab("22", request)


@pytest.fixture(params=VERSIONS)
def asterisk(request: pytest.FixtureRequest) -> Asterisk:
    """Each Asterisk in turn."""
    return lab(request.param, request)


def _pair(nodeid: str) -> str:
    """Which of the pairs a test gets: the folder says it, so that the scheduler knows it too."""
    return PAIRS[nodeid.startswith(("tests/sessions/", "tests/lab/"))]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a real Asterisk can be chosen and left out."""
    for item in items:
        if _versions(item):
            item.add_marker(pytest.mark.lab)


class _ByAsterisk(LoadGroupScheduling):  # type: ignore[misc]
    """All tests of an Asterisk run on one worker, so that all Asterisks run beside each other.

    Where xdist 3.8 writes the group of a test, pytest 9.2 does not look: the id says folder and version.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/") and not file.startswith(
            ("tests/lab/", "tests/proof/", "tests/sessions/")
        ):
            return str(super()._split_scope(nodeid))  # recorded text of a version needs no Asterisk
        parameters = nodeid.rpartition("[")[2].removesuffix("]").split("-")
        versions = [word for word in parameters if word in VERSIONS]
        # Those that need both versions, or one beside the others, wait on a worker of their own: who waits
        # for an Asterisk must not keep others waiting.
        return f"asterisk-{versions[0] if versions else 'both'}-{_pair(nodeid)}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadGroupScheduling | None:
    """Groups that hold."""
    return _ByAsterisk(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test has its Asterisks for itself: one that needs both waits for the other worker's test to end."""
    with ExitStack() as turns:
        for version in _versions(item) if not _hindrance() else ():
            turns.enter_context(locked(_turn(version, _pair(item.nodeid))))
        return (yield)


def _versions(item: pytest.Item) -> list[str]:
    names = getattr(item, "fixturenames", ())
    spec = getattr(item, "callspec", None)
    if "asterisk" in names and spec is not None:
        return [str(spec.params["asterisk"])]
    return [version for version in VERSIONS if f"asterisk{version}" in names]


def _turn(version: str, pair: str) -> Path:
    return lab_dir() / f"{root_of(version, pair).name}.turn-{_run_owner()}"


# -- what the run says at its end, in the process that was started by hand --------------------------


def _not_tested(config: pytest.Config) -> dict[str, str]:
    """Versions that tests were skipped for, and why."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    found = {}
    for report in terminal.stats.get("skipped", ()) if terminal else ():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _, mark, rest = reason.partition(f"{MARK} ")
        if mark:
            version, _, why = rest.partition(": ")
            found[version] = why
    return dict(sorted(found.items()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the Asterisks of this run; a run in CI that had none has failed."""
    if hasattr(session.config, "workerinput"):
        return
    if not _hindrance():
        for version, pair in itertools.product(VERSIONS, PAIRS):
            Asterisk(version, pair=pair).release()
            _turn(version, pair).unlink(missing_ok=True)
    if _in_ci() and set(_not_tested(session.config)) == set(VERSIONS):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Name in the very last line what was not tested."""
    if hasattr(config, "workerinput"):
        return
    if missing := _not_tested(config):
        whys = "; ".join(f"Asterisk {version} ({why})" for version, why in missing.items())
        sys.stderr.flush()
        print(f"NOT TESTED on a real Asterisk: {whys}", flush=True)
