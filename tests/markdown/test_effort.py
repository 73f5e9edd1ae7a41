"""Parsing takes no longer than its text deserves: the work grows with the length alone."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any, cast

import pytest

from contrail.markdown import parse
from contrail.markdown.lookahead import FAR, Next

LENGTH = 5_000
WORDS = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor. "
KATEX = {"dollarSyntax": True, "parenthesisSyntax": True}
# What each kind of markup would have to look for to the end, again and again.
WORST = [
    *(
        "*",
        "_",
        "~",
        "[",
        "![",
        "`",
        "|",
        "||",
        "<",
        "(",
        "$",
        "\\(",
        "\\[\n",
        "$$\n",
        "@",
        "#",
        ":",
    ),
    *("*_~[", "**_~)____**)~**#~##__#___)", "*a _b ~c [d ", "_*~", "_a*", "*[_<", "||*_", "[*_~"),
    *(":)", "*:)", "_:)", "':", "X)", "-_-", "-_", "\\", "\\|", "<t:", "color:#", "+1", "+("),
    *("[a](b", "[](a.com/(", "[a] [b](", "[a\n", "<a.com", "<a.com|", "![a", "http://", "x://a@"),
    *(
        "a@",
        "a.",
        "a!",
        "a.b@",
        "-.",
        "_a.",
        "_-",
        "a__",
        "__a__b",
        "@a__",
        "@@",
        "##",
        "https://a.b/(",
    ),
    *(
        "> ",
        "- ",
        "* a",
        "* a\n",
        "1. a\n",
        "# a\n",
        "```\n",
        "```a\n",
        "||\n",
        "||\na\n\n\n",
        "|a",
    ),
    *("|a|\n", "|*a*|\n", "|a|\n|-|\n", "|-", "\n", " ", "---\n", "\U0001f469\u200d", "1\ufe0f"),
]


def steps(text: str) -> int:
    """How many calls parsing makes, those of compiled functions included."""
    count = 0

    def counting(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        parse(text, colors=True, emoticons=True, katex=KATEX)
    finally:
        sys.setprofile(None)
    return count


def filled(unit: str, length: int = LENGTH) -> str:
    return (unit * length)[:length]


@pytest.fixture(scope="module")
def plain() -> int:
    parse(filled(WORDS), colors=True, emoticons=True, katex=KATEX)
    return steps(filled(WORDS))


@pytest.mark.parametrize("unit", WORST)
def test_the_worst_text_is_at_most_50_times_the_work_of_a_plain_one(unit: str, plain: int) -> None:
    assert steps(filled(unit)) <= 50 * plain


@pytest.mark.parametrize("unit", WORST)
def test_twice_the_text_is_twice_the_work(unit: str) -> None:
    half, whole = steps(filled(unit, 1_000)), steps(filled(unit, 2_000))
    assert whole <= 2.2 * half + 100


def test_what_lies_ahead_is_looked_for_once() -> None:
    text = "a" * 100 + "]" + "a" * 100
    searches: list[int] = []

    class Counting:
        def search(self, text: str, place: int) -> re.Match[str] | None:
            searches.append(place)
            return re.compile("]").search(text, place)

    ahead = Next(cast("re.Pattern[str]", Counting()), text)
    assert {ahead.at(place) for place in range(101)} == {100}
    assert {ahead.at(place) for place in range(101, 201)} == {FAR}
    assert searches == [0, 101]


@pytest.mark.parametrize("unit", ["*_~[", ":)", "> ", "||", "[", "*:)", "|*a"])
def test_no_text_nests_too_deeply(unit: str) -> None:
    assert parse(filled(unit, 50_000), emoticons=True)


def test_many_texts_may_be_parsed_at_once() -> None:
    texts = [f"*{number}* :) _a_ http://a{number}.com" for number in range(400)]
    alone = [parse(text, emoticons=True) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: parse(text, emoticons=True), texts)) == alone
