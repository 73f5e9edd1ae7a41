"""Texts as Rocket.Chat's clients count them: in UTF-16 code units.

The grammar was written for such units: a character outside the first plane is two of them, which
decides what is an emoji, a name or a host, and offsets count both.
"""

from __future__ import annotations

import re
from array import array
from typing import Any

WIDE = re.compile("[\U00010000-\U0010ffff]")
HALF = re.compile("[\ud800-\udfff]")


def split(text: str) -> str:
    """The text with each character outside the first plane as its two surrogates."""
    if text.isascii() or not WIDE.search(text):
        return text
    return "".join(map(chr, array("H", text.encode("utf-16-le", "surrogatepass"))))


def joined(value: Any) -> Any:
    """What was parsed, with pairs of surrogates as the characters they stand for."""
    if isinstance(value, str):
        if not HALF.search(value):
            return value
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if isinstance(value, list):
        return [joined(item) for item in value]
    if isinstance(value, dict):
        return {key: joined(item) for key, item in value.items()}
    return value
