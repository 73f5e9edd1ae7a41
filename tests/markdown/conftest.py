"""One judge for all texts of a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.markdown.judging import Judge


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    with Judge() as judge:
        yield judge
