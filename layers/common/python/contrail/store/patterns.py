"""Regular expressions built from what users typed: always escaped."""

from __future__ import annotations

import re
from typing import Any

LONGEST = 1_000
NOTHING: dict[str, Any] = {"$in": []}


def exactly(text: str) -> dict[str, Any]:
    """Matches `text` as a whole, regardless of case."""
    if _impossible(text):
        return NOTHING
    return {"$regex": f"^{re.escape(text)}$", "$options": "i"}


def containing(text: str) -> dict[str, Any]:
    if _impossible(text):
        return NOTHING
    return {"$regex": re.escape(text), "$options": "i"}


def starting(text: str) -> dict[str, Any]:
    if _impossible(text):
        return NOTHING
    return {"$regex": f"^{re.escape(text)}", "$options": "i"}


def _impossible(text: str) -> bool:
    """What no name is, and no pattern can be."""
    return "\0" in text or len(text) > LONGEST


def looking_for(query: Any) -> Any:
    """A client's query with each `$regex` made harmless: its anchors count, the rest is text.

    It is always matched regardless of case; `.*` at either end says what is so anyway.
    """
    if isinstance(query, list):
        return [looking_for(part) for part in query]
    if not isinstance(query, dict):
        return query
    if "$regex" in query or "$options" in query:
        others = {key: value for key, value in query.items() if key not in ("$regex", "$options")}
        return {**looking_for(others), **_anchored(str(query.get("$regex", "")))}
    return {key: looking_for(value) for key, value in query.items()}


def _anchored(pattern: str) -> dict[str, Any]:
    if _impossible(pattern):
        return NOTHING
    start, end = pattern.startswith("^"), pattern.endswith("$")
    text = pattern[start : len(pattern) - end]
    start, end = start and not text.startswith(".*"), end and not text.endswith(".*")
    text = re.escape(text.removeprefix(".*").removesuffix(".*"))
    return {"$regex": f"{'^' * start}{text}{'$' * end}", "$options": "i"}
