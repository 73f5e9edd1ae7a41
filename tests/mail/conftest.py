"""A workspace that sends its mail to a server in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.smtp import Sink
from tests.support.strict import Strict
from tests.support.workspace import Workspace


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    made = Sink(tmp_path_factory.mktemp("sink"))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def mailing(mongo_uri: str, sink: Sink) -> Iterator[Workspace]:
    """Shared by the tests of a process, in TEST_MODE."""
    made = Workspace(mongo_uri, overwrites=sink.overwrites)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def strict(mongo_uri: str, sink: Sink) -> Iterator[Strict]:
    """Likewise, where second factors are asked for, with a clock that tests move."""
    made = Strict(mongo_uri, overwrites=sink.overwrites)
    yield made
    made.stop()
