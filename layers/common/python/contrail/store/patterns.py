"""Regular expressions built from what users typed: always escaped."""

from __future__ import annotations

import re
from typing import Any


def exactly(text: str) -> dict[str, Any]:
    """Matches `text` as a whole, regardless of case."""
    return {"$regex": f"^{re.escape(text)}$", "$options": "i"}


def containing(text: str) -> dict[str, Any]:
    return {"$regex": re.escape(text), "$options": "i"}
