"""What several of these tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.pages import Pages


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """A server of pages and services outside, for the tests of a file."""
    made = Pages()
    yield made
    made.stop()
