"""What comes in from outside, made fit for the database and for every client."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from contrail.shapes.errors import InvalidInput

DEEPEST: Final = 40
"""Containers inside one another. MongoDB takes 100 levels, of which documents need some."""
INT64: Final = range(-(2**63), 2**63)
CARRIED: Final = (bool, float, datetime, bytes, type(None))


def text(value: str) -> str:
    """The string; a lone surrogate, which no encoding carries, becomes U+FFFD."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def fit(value: Any, levels: int = DEEPEST) -> Any:
    """A copy that can be stored and sent; integers beyond 64 bit become floats.

    Raises `InvalidInput` for names that a database takes for operators or cannot hold (`$…`, or
    with a NUL), for nesting deeper than `levels`, and for EJSON's types that have no BSON.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, CARRIED):
        return value
    if isinstance(value, int):
        return value if value in INT64 else float(str(value))
    if levels == 0:
        raise _refused("must NOT be nested so deeply")
    if isinstance(value, dict):
        return {_name(key): fit(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [fit(item, levels - 1) for item in value]
    raise _refused("must be JSON")


def _name(key: str) -> str:
    if key.startswith("$") or "\0" in key:
        raise _refused("property name must be valid")
    return text(key)


def _refused(reason: str) -> InvalidInput:
    return InvalidInput("invalid-params", reason)
