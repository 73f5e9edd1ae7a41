"""Shared parts: one database server per test process, workspaces with databases of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from contrail.domain import users
from contrail.shapes.logs import LOG
from local.mongo import MongoChild
from tests.support.isolated import IsolatedWorkspace
from tests.support.workspace import Workspace


@pytest.fixture(scope="session", autouse=True)
def usual_rounds() -> Iterator[int]:
    """Passwords cost next to nothing to hash in tests: thousands of people log in."""
    usual = users.ROUNDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "ROUNDS", 4)
        patch.setattr(users, "UNKNOWN_USER", users.UNKNOWN_USER.replace(b"$10$", b"$04$"))
        yield usual


@pytest.fixture(autouse=True)
def usual_log() -> Iterator[None]:
    """What a deployed function sets for its process ends with the test that called one."""
    before = LOG.handlers[:], LOG.level, LOG.propagate
    yield
    LOG.handlers[:], LOG.level, LOG.propagate = before


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded server, or a real MongoDB where MONGODB_URI names one."""
    given = os.environ.get("MONGODB_URI")
    if given:
        yield given
        return
    child = MongoChild(tmp_path_factory.mktemp("database"))
    child.start()
    yield child.uri
    child.stop()


@pytest.fixture(scope="session")
def workspace(mongo_uri: str) -> Iterator[Workspace]:
    """Shared by the tests of a process: they make their own people and rooms in it."""
    shared = Workspace(mongo_uri)
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def isolated_workspace(
    mongo_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IsolatedWorkspace]:
    """Shared like `workspace`; its functions run in processes of their own."""
    shared = IsolatedWorkspace(mongo_uri, tmp_path_factory.mktemp("isolated"))
    yield shared
    shared.stop()


@pytest.fixture
def new_workspace(mongo_uri: str) -> Iterator[Callable[..., Workspace]]:
    """Makes workspaces that this test has to itself: for what changes settings and the like."""
    made: list[Workspace] = []

    def make(**more: Any) -> Workspace:
        made.append(Workspace(mongo_uri, **more))
        return made[-1]

    yield make
    for workspace in made:
        workspace.stop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test is a failed one: what a test needs, the set-up installs."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report
