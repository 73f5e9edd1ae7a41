"""Types of what people write about a room, with an end to how much of it there may be."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field

LONG = 100_000
"""Characters of a text."""
LARGE = 20_000
"""Bytes of an object, as JSON."""


def _no_larger(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(value, default=str))
    except orjson.JSONEncodeError as error:
        raise ValueError("must be plain JSON") from error
    if size > LARGE:
        raise ValueError(f"must have at most {LARGE} bytes")
    return value


Name = Annotated[str, Field(max_length=1_000)]
Text = Annotated[str, Field(max_length=LONG)]
Fields = Annotated[dict[str, Any], AfterValidator(_no_larger)]
