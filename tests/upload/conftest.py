"""Who uploads, where, and what lay there before."""

from __future__ import annotations

import pytest

from tests.support.workspace import Person, Workspace
from tests.upload.fuzz import strays


@pytest.fixture(scope="module")
def ann(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture
def rid(workspace: Workspace, ann: Person) -> str:
    """A channel of hers."""
    return str(workspace.channel(ann)["_id"])


@pytest.fixture
def known(workspace: Workspace) -> set[str]:
    """Blobs of other tests that no file of this workspace knows."""
    return strays(workspace)["uploads"]
