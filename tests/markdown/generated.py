"""Texts made of what the grammar gives a meaning to, and of what lies just beside it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from tests.markdown.judging import EVERYTHING, NOTHING, Case

PIECES: dict[str, Any] = json.loads(Path(__file__).with_name("pieces.json").read_text("utf-8"))
WORDS: list[str] = PIECES["words"]
MARKS: list[str] = PIECES["marks"]
GAPS: list[str] = PIECES["gaps"]
THINGS: list[str] = PIECES["things"]
LINE_STARTS: list[str] = PIECES["line_starts"]
SCHEMES: list[str] = PIECES["schemes"]
HOSTS: list[str] = PIECES["hosts"]
TAILS: list[str] = PIECES["tails"]
ENCLOSURES: list[tuple[str, str]] = PIECES["enclosures"]
OPTIONS: tuple[dict[str, Any], ...] = (
    *(EVERYTHING, EVERYTHING, EVERYTHING, NOTHING, NOTHING),
    {"emoticons": True},
    {"colors": True, "katex": {"dollarSyntax": True}},
    {"katex": {"parenthesisSyntax": True}, "customDomains": ["intranet"]},
)


def case(random: Random) -> Case:
    text = random.choice((_lines, _inline, _inline, _marks, _address, _noise))(random)
    return Case(text, random.choice(OPTIONS))


def _lines(random: Random) -> str:
    return "".join(
        random.choice([*LINE_STARTS, *[""] * 12])
        + _inline(random, 3)
        + random.choice(("\n", "\n", "\n", "\r\n", "\n\n", "\r", ""))
        for _ in range(random.randint(1, 5))
    )


def _inline(random: Random, most: int = 6) -> str:
    return "".join(
        _piece(random, 2) + random.choice((*GAPS, "", "", ""))
        for _ in range(random.randint(1, most))
    )


def _piece(random: Random, depth: int) -> str:
    kind = random.random()
    if depth and kind < 0.3:
        before, after = random.choice(ENCLOSURES)
        inside = "".join(
            _piece(random, depth - 1) + random.choice(GAPS[:4] + [""] * 6)
            for _ in range(random.randint(0, 3))
        )
        return before + inside + (after if random.random() < 0.9 else "")
    if kind < 0.45:
        return random.choice(WORDS)
    if kind < 0.75:
        return random.choice(THINGS)
    return random.choice(MARKS) if kind < 0.92 else _address(random)


def _marks(random: Random) -> str:
    """Few different marks, close together."""
    some = [*random.sample(MARKS + THINGS, 4), "a", " ", "\n"]
    return "".join(random.choice(some) for _ in range(random.randint(1, 14)))


def _noise(random: Random) -> str:
    """Any characters, most of them those of a keyboard."""
    return "".join(
        chr(
            random.choice((random.randint(32, 126), random.randint(33, 64), random.randint(0, 800)))
        )
        for _ in range(random.randint(1, 20))
    )


def _address(random: Random) -> str:
    scheme = random.choice(SCHEMES) if random.random() < 0.5 else ""
    user = random.choice(("user@", "u:p@", "u.x@", "@")) if random.random() < 0.15 else ""
    tails = "".join(random.choice(TAILS) for _ in range(random.randint(0, 2)))
    return scheme + user + random.choice(HOSTS) + tails
