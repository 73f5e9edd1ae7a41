"""Workspaces whose plane behaves as badly as the cloud may."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from local.hostile import EVERYTHING, Hostile
from tests.support.workspace import Workspace

SEED = int(os.environ.get("HOSTILE", "1"))
NO_RESETS = replace(EVERYTHING, reset=0.0)
"""Where frames are counted: one whose post lost its answer is sent again, and nobody can tell."""


@pytest.fixture(scope="session")
def workspace(mongo_uri: str) -> Iterator[Workspace]:
    """In place of the peaceful one."""
    shared = Workspace(mongo_uri, hostile=Hostile(SEED))
    yield shared
    shared.stop()


@pytest.fixture
def hostile_workspace(new_workspace: Callable[..., Workspace]) -> Callable[[Hostile], Workspace]:
    def make(hostile: Hostile) -> Workspace:
        return new_workspace(hostile=hostile)

    return make
