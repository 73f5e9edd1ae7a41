"""A directory with some hundred people, and a workspace that uses it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from contrail.shapes.logs import JsonFormatter
from tests.support.directory import Directed
from tests.support.slapd import (
    MANAGERS_PASSWORD,
    PASSWORD,
    READERS_PASSWORD,
    Slapd,
    person,
)
from tests.support.workspace import Json

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


class Lines(logging.Handler):
    """Every line that anything logs, as it is written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def named(self, message: str) -> list[Json]:
        """The lines that say so."""
        found = [json.loads(text) for text in self.texts]
        return [line for line in found if line["message"] == message]


@pytest.fixture(autouse=True)
def lines() -> Iterator[Lines]:
    """After each test: no line of it holds a password."""
    handler, logger = Lines(), logging.getLogger("contrail")
    before = logger.level
    logging.getLogger().addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.setLevel(before)
    logging.getLogger().removeHandler(handler)
    everything = "\n".join(handler.texts)
    for secret in (PASSWORD, READERS_PASSWORD, MANAGERS_PASSWORD, "$2b$"):
        assert secret not in everything
