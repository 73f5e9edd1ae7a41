"""offset, count, sort, fields and query of list endpoints, held against the row's allow-lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from contrail.api.values import INT64
from contrail.domain.instance import Instance
from contrail.shapes.errors import InvalidInput
from contrail.shapes.rows import Listing

MOST = 5_000
"""Rows of a page when the workspace allows pages without end (count=0)."""
FURTHEST = 2**31 - 1
WIDEST = 50
"""Queries that `$or` or `$and` combine."""
SIMPLE = re.compile(r"[\w -]{1,100}")
WHOLE = re.compile(r"\s*([+-]?\d{1,18})", re.ASCII)


def page(at: Instance, listing: Listing, given: Mapping[str, Any]) -> dict[str, Any]:
    """The paging part of a request's parameters. Raises `InvalidInput`."""
    return {
        "offset": min(max(_whole(given.get("offset"), 0), 0), FURTHEST),
        "count": _count(at, given.get("count")),
        "sort": _sort(listing, given.get("sort")),
        "fields": _fields(listing, given.get("fields")),
        "query": _query(listing, given.get("query")),
    }


def _whole(value: object, otherwise: int) -> int:
    """As JavaScript's parseInt reads it; `otherwise` for what starts with no number."""
    found = WHOLE.match(str(value))
    return int(found[1]) if found else otherwise


def _count(at: Instance, given: object) -> int:
    usual = at.number("API_Default_Count", 50)
    upper = at.number("API_Upper_Count_Limit", 100)
    count = usual if given is None else _whole(given, usual)
    if count == 0 and at.setting("API_Allow_Infinite_Count"):
        return MOST
    return min(count, upper if upper > 0 else 100) if count > 0 else usual


def _parsed(name: str, text: object) -> dict[str, Any]:
    if text is None or text == "":
        return {}
    try:
        value = orjson.loads(str(text))
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise _refusal(name, text)
    return value


def _refusal(name: str, text: object) -> InvalidInput:
    reason = f'Invalid {name} parameter provided: "{text}"'
    return InvalidInput(f"error-invalid-{name}", reason, {"helperMethod": "parseJsonQuery"})


def _named(listing: Listing, name: str, text: object) -> dict[str, Any]:
    return {k: v for k, v in _parsed(name, text).items() if k not in listing.ignores}


def _sort(listing: Listing, text: object) -> list[tuple[str, int]]:
    given = _named(listing, "sort", text)
    if any(key not in listing.sort or not _one_of(order, 1, -1) for key, order in given.items()):
        raise _refusal("sort", text)
    return [(key, int(order)) for key, order in given.items()]


def _fields(listing: Listing, text: object) -> dict[str, int]:
    given = _named(listing, "fields", text)
    allowed = all(key in listing.fields and _one_of(on, 0, 1) for key, on in given.items())
    if not allowed or len({on for key, on in given.items() if key != "_id"}) > 1:
        raise _refusal("fields", text)
    return {key: int(on) for key, on in given.items()}


def _one_of(value: object, *allowed: int) -> bool:
    return isinstance(value, int | float) and value in allowed


def _query(listing: Listing, text: object) -> dict[str, Any]:
    given = _parsed("query", text)
    if not allowed(listing, given):
        raise _refusal("query", text)
    return given


def allowed(listing: Listing, query: Any, levels: int = 4) -> bool:
    """Whether a query stays within the allow-list; `$or` and `$and` nest so many levels deep."""
    if not isinstance(query, dict):
        return False
    for key, condition in query.items():
        if key in listing.logic:
            parts = condition if isinstance(condition, list) else []
            if not levels or not parts or len(parts) > WIDEST:
                return False
            if not all(allowed(listing, part, levels - 1) for part in parts):
                return False
        elif not _allowed(_operators(listing, key), condition):
            return False
    return True


def _operators(listing: Listing, key: str) -> tuple[str, ...]:
    above, dot, name = key.partition(".")
    if key not in listing.query and dot and SIMPLE.fullmatch(name):
        return listing.query.get(f"{above}.*", ())
    return listing.query.get(key, ())


def _allowed(operators: tuple[str, ...], condition: object) -> bool:
    if not isinstance(condition, dict):
        return "" in operators and _scalar(condition)
    return bool(condition) and all(
        name and name in operators and _operand(name, value) for name, value in condition.items()
    )


def _operand(name: str, value: object) -> bool:
    if name in ("$in", "$nin"):
        return isinstance(value, list) and all(_scalar(item) for item in value)
    if name in ("$regex", "$options"):
        return isinstance(value, str)
    return isinstance(value, bool) if name == "$exists" else _scalar(value)


def _scalar(value: object) -> bool:
    if isinstance(value, int):
        return value in INT64
    return value is None or isinstance(value, str | float)
