"""A directory with some hundred people, and a workspace that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.directory import Directed
from tests.support.lines import Lines, logged
from tests.support.slapd import (
    MANAGERS_PASSWORD,
    PASSWORD,
    READERS_PASSWORD,
    Slapd,
    person,
)

CROWD = 120


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Shared by the tests of a process: they add entries of their own."""
    crowd = [person(f"crowd{n}") for n in range(CROWD)]
    directory = Slapd(tmp_path_factory.mktemp("slapd"), crowd).start()
    yield directory
    directory.stop()


@pytest.fixture(scope="session")
def directed(mongo_uri: str, slapd: Slapd) -> Iterator[Directed]:
    """Shared like it. TEST_MODE, community edition."""
    shared = Directed(mongo_uri, slapd)
    yield shared
    shared.stop()


@pytest.fixture(autouse=True)
def lines() -> Iterator[Lines]:
    """After each test: no line of it holds a password."""
    with logged() as lines:
        yield lines
    for secret in (PASSWORD, READERS_PASSWORD, MANAGERS_PASSWORD, "$2b$"):
        assert secret not in lines.text
