"""docs/functions.md: every function is in it, with the memory that it has, which is enough."""

from __future__ import annotations

import pytest

from bench.memory.document import DOCUMENT, FUNCTIONS, HEADROOM, Page
from bench.memory.measured import Measured
from infra.profiles import APART, SHARED

PAGE = Page.parse(DOCUMENT.read_text("utf-8"))


def test_every_function_of_both_profiles_was_measured() -> None:
    deployed = {one.name for profile in (APART, SHARED) for one in profile.functions}
    assert [row.function for row in PAGE.rows] == list(FUNCTIONS)
    assert set(FUNCTIONS) == deployed


@pytest.mark.parametrize("row", PAGE.rows, ids=[row.function for row in PAGE.rows])
def test_memory_is_enough_for_what_was_measured(row: Measured) -> None:
    assert 30 < row.imported <= row.answered <= row.worked
    assert FUNCTIONS[row.function].memory >= HEADROOM * row.worked
    assert min(row.import_cpu, row.first_cpu) > 0


def test_the_page_is_what_the_command_writes_of_its_figures() -> None:
    """Memory, prices and reasons are those of today: whoever changes them writes the page anew."""
    assert PAGE.render() == DOCUMENT.read_text("utf-8")


def test_a_page_that_lacks_something_is_none() -> None:
    with pytest.raises(ValueError, match="when it was measured"):
        Page.parse("# Functions\n")
    text = DOCUMENT.read_text("utf-8").replace("first request, ms", "soon, ms")
    with pytest.raises(ValueError, match="lacks 'first request, ms'"):
        Page.parse(text)


def test_of_several_rounds_the_highest_peak_counts_and_the_middle_time() -> None:
    rounds = [
        Measured("mail", 50.2, 60, peak, spent, 10 * spent, "first", f"work {peak}")
        for peak, spent in ((90, 5), (120.4, 7), (100, 100))
    ]
    found = Measured.of(rounds)
    assert (found.imported, found.answered, found.worked) == (50, 60, 120)
    assert (found.import_cpu, found.first_cpu) == (7, 70)
    assert found.largest == "work 120.4"
