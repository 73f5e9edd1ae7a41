"""`md` is what Rocket.Chat's own parser makes of a text, node for node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contrail.markdown import parse
from tests.markdown.generated import case
from tests.markdown.judging import EVERYTHING, NOTHING, Case, Judge

TEXTS = 2_000
AT_ONCE = 200


def corpus() -> Iterator[tuple[str, list[str]]]:
    text = Path(__file__).with_name("corpus.txt").read_text("utf-8")
    for section in text.split("\n[")[1:]:
        heading, *lines = section.splitlines()
        yield heading.rstrip("]"), [json.loads(line) for line in lines if line]


@pytest.mark.parametrize("texts", [pytest.param(texts, id=heading) for heading, texts in corpus()])
def test_the_tree_of_a_feature_is_the_originals(judge: Judge, texts: list[str]) -> None:
    cases = [Case(text, options) for text in texts for options in (EVERYTHING, NOTHING)]
    assert judge.disagreements(cases) == []


def test_the_tree_of_any_text_is_the_originals(judge: Judge) -> None:
    seed = Random().randrange(1_000_000)
    print(f"generated with seed {seed}")  # noqa: T201
    random = Random(seed)
    found: list[str] = []
    for _ in range(TEXTS // AT_ONCE):
        found += judge.disagreements([case(random) for _ in range(AT_ONCE)])
    assert not found, f"seed {seed}: {len(found)} of {TEXTS} differ\n" + "\n".join(found[:5])


def test_an_empty_text_has_no_tree() -> None:
    assert parse("") == []


@pytest.mark.parametrize(
    ("text", "allowed", "kind"),
    [
        ("color:#fff", {"colors": True}, "COLOR"),
        ("a :)", {"emoticons": True}, "EMOJI"),
        ("$x$", {"katex": {"dollarSyntax": True}}, "INLINE_KATEX"),
        ("\\(x\\)", {"katex": {"parenthesisSyntax": True}}, "INLINE_KATEX"),
        ("http://x.intranet", {"custom_domains": ["intranet"]}, "LINK"),
    ],
)
def test_markup_that_a_setting_allows(text: str, allowed: dict[str, Any], kind: str) -> None:
    (paragraph,) = parse(text)
    assert paragraph["value"] == [{"type": "PLAIN_TEXT", "value": text}]
    (paragraph,) = parse(text, **allowed)
    assert paragraph["value"][-1]["type"] == kind


def test_a_time_without_a_day_is_one_of_today() -> None:
    now = datetime(2024, 2, 29, 23, 30, tzinfo=UTC)
    (paragraph,) = parse("<t:01:00+02:00:t>", now=now)
    moment = datetime(2024, 2, 28, 23, 0, tzinfo=UTC)
    assert paragraph["value"][0]["value"]["timestamp"] == str(int(moment.timestamp()))


def test_text_comes_back_as_whole_characters() -> None:
    (paragraph,) = parse("\U0001d400 *\U0001d401* \U0001f600")
    assert [node.get("value", node.get("unicode")) for node in paragraph["value"]] == [
        "\U0001d400 ",
        [{"type": "PLAIN_TEXT", "value": "\U0001d401"}],
        " ",
        "\U0001f600",
    ]
