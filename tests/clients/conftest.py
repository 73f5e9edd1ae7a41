"""Two people for the clients to be, in either of the worlds that a workspace runs in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.workspace import Person, Workspace


@pytest.fixture(scope="session", params=["in-process", "isolated"])
def workspace(request: pytest.FixtureRequest, mongo_uri: str) -> Iterator[Workspace]:
    """Handlers in this process; handlers in processes of their own, as their packages have them."""
    if request.param == "isolated":
        yield request.getfixturevalue("isolated_workspace")
        return
    shared = Workspace(mongo_uri)
    yield shared
    shared.stop()


@pytest.fixture
def ann(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture
def ben(workspace: Workspace) -> Person:
    return workspace.person()
