"""Two people for the clients to be."""

from __future__ import annotations

import pytest

from tests.support.workspace import Person, Workspace


@pytest.fixture
def ann(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture
def ben(workspace: Workspace) -> Person:
    return workspace.person()
