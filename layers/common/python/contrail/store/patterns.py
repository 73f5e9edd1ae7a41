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


def _impossible(text: str) -> bool:
    """What no name is, and no pattern can be."""
    return "\0" in text or len(text) > LONGEST
