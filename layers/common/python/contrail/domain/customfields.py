"""Custom fields of users, as the workspace's setting Accounts_CustomFields declares them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

LONGEST = 5_000
"""Characters of a field that declares no maximum."""
Declared = dict[str, dict[str, Any]]


def declared(at: Instance) -> Declared:
    """Field -> its declaration. Raises `error-invalid-customfield-json`."""
    text = str(at.setting("Accounts_CustomFields") or "").strip()
    if not text:
        return {}
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise ChatError("error-invalid-customfield-json", "Invalid JSON for Custom Fields")
    return found


def check(at: Instance, given: Mapping[str, Any]) -> Document:
    """The declared fields among those given. Raises `error-user-registration-custom-field`."""
    fields = declared(at)
    for name, rule in fields.items():
        _check(name, rule, given.get(name))
    return {name: given[name] for name in fields if name in given}


def _check(name: str, rule: Mapping[str, Any], value: Any) -> None:
    if isinstance(value, dict | list):
        raise _refused(f"Value for field {name} is invalid")
    text = "" if value is None else str(value).strip()
    if rule.get("required") and not text:
        raise _refused(f"Field {name} is required")
    if not text:
        return
    if rule.get("type") == "select" and value not in _options(rule):
        raise _refused(f"Value for field {name} is invalid")
    longest, shortest = rule.get("maxLength"), rule.get("minLength")
    longest = longest if isinstance(longest, int) and longest > 0 else LONGEST
    if len(text) > longest:
        raise _refused(f"Max length of field {name} {longest}")
    if isinstance(shortest, int) and len(text) < shortest:
        raise _refused(f"Min length of field {name} {shortest}")


def _options(rule: Mapping[str, Any]) -> list[Any]:
    options = rule.get("options")
    return options if isinstance(options, list) else []


def defaults(at: Instance) -> Document:
    """What who says nothing gets: the declared default values."""
    return {
        name: rule["defaultValue"]
        for name, rule in declared(at).items()
        if rule.get("defaultValue") not in (None, "")
    }


def visible(at: Instance, *, everything: bool) -> list[str]:
    """The declared fields; without `everything` those that everyone may see."""
    try:
        rules = declared(at)
    except ChatError:
        return []
    return [name for name, rule in rules.items() if everything or rule.get("public")]


def shown(at: Instance, given: Any, *, everything: bool) -> Document:
    """The declared ones of a user's fields; to others only those declared public."""
    if not isinstance(given, dict):
        return {}
    return {name: given[name] for name in visible(at, everything=everything) if name in given}


def _refused(reason: str) -> ChatError:
    code = "error-user-registration-custom-field"
    return ChatError(code, reason, {"method": "registerUser"})
