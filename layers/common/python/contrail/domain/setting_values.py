"""What a setting may hold, by its type."""

from __future__ import annotations

import math
from typing import Any

import orjson

from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.rows import Document

LONGEST = 100_000
"""Characters of a value as JSON: more would not fit into the event that tells of it."""
INT64 = range(-(2**63), 2**63)
EDITORS = ("color", "expression")
WHOLE = ("int", "timespan")


def checked(setting: Document, value: Any, *, fractions: bool = False) -> Any:
    """The value as it is stored. `fractions`: a number need not be whole.

    Raises `InvalidInput` for a value of another type, and `Invalid setting value …` for one that
    the setting does not take.
    """
    fault = _fault(setting, value)
    if fault:
        raise InvalidInput("invalid-params", f"{setting['_id']} {fault}")
    if setting["type"] in WHOLE:
        if not math.isfinite(value) or int(value) not in INT64:
            raise refused(value)
        if value == int(value):
            return int(value)
        if not fractions:
            raise refused(value)
        return value
    options = [option["key"] for option in setting.get("values") or ()]
    if options and not _among(setting, value, options):
        raise refused(value)
    if len(orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME, default=str)) > LONGEST:
        raise InvalidInput("invalid-params", f"{setting['_id']} must NOT be so long")
    return value


def refused(value: object) -> ChatError:
    """The value is in the code: clients look for it there."""
    reason, details = "Invalid setting value", {"method": "saveSettings"}
    return ChatError(f"{reason} {_written(value)}", reason, details)


def _fault(setting: Document, value: Any) -> str:
    kind = setting["type"]
    if kind == "boolean":
        return "" if isinstance(value, bool) else "must be boolean"
    if kind in WHOLE:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if number else "must be number"
    if kind == "multiSelect":
        right = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return "" if right else "must be array"
    if kind == "roomPick":
        right = isinstance(value, list) and all(isinstance(one, dict) for one in value)
        return "" if right or value == "" else "must be array"
    if kind == "asset":
        return "" if isinstance(value, dict) else "must be object"
    if kind == "action":
        return "must be executed, not set"
    if not isinstance(value, str):
        return "must be string"
    if kind == "code" and setting.get("code") == "application/json":
        return "" if _is_json(value) else "must be valid JSON"
    return ""


def _among(setting: Document, value: Any, options: list[Any]) -> bool:
    if value == setting.get("packageValue"):
        return True
    return all(one in options for one in (value if isinstance(value, list) else [value]))


def _is_json(text: str) -> bool:
    if not text:
        return True
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _written(value: object) -> str:
    """As JavaScript writes it."""
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
    return str(value)[:100]
