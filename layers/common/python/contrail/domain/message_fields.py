"""Custom fields of messages, against the schema that the workspace's settings give."""

from __future__ import annotations

from typing import Any

import orjson

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
DEEPEST = 10


def check_custom_fields(at: Instance, fields: dict[str, Any]) -> None:
    """Raises for fields where the workspace has none, and for those its schema does not take."""
    if not at.setting("Message_CustomFields_Enabled"):
        raise ChatError(None, "Custom fields not enabled")
    try:
        schema = orjson.loads(str(at.setting("Message_CustomFields") or "{}"))
    except orjson.JSONDecodeError:
        schema = None
    if not isinstance(schema, dict) or not _fits(fields, {"type": "object", **schema}, DEEPEST):
        raise ChatError(None, "Invalid custom fields")


def _fits(value: Any, schema: Any, levels: int) -> bool:
    """JSON Schema, as far as such settings go: types, choices, bounds, members and items."""
    if not isinstance(schema, dict) or levels == 0:
        return schema is True
    if value is None and schema.get("nullable"):
        return True
    kinds = schema.get("type")
    if kinds and not any(_is(value, kind) for kind in _listed(kinds)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    return _bounded(value, schema) and _members_fit(value, schema, levels)


def _bounded(value: Any, schema: dict[str, Any]) -> bool:
    sized = len(value) if isinstance(value, str | list) else None
    names = ("minLength", "maxLength") if isinstance(value, str) else ("minItems", "maxItems")
    if sized is not None and not schema.get(names[0], 0) <= sized <= schema.get(names[1], sized):
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        return bool(low <= value <= high)
    return True


def _members_fit(value: Any, schema: dict[str, Any], levels: int) -> bool:
    if isinstance(value, list):
        return all(_fits(one, schema.get("items", True), levels - 1) for one in value)
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    if any(name not in value for name in schema.get("required", ())):
        return False
    others = schema.get("additionalProperties", True)
    return all(_fits(item, known.get(name, others), levels - 1) for name, item in value.items())


def _is(value: Any, kind: object) -> bool:
    known = TYPES.get(str(kind), ())
    return isinstance(value, known) and (kind == "boolean" or not isinstance(value, bool))


def _listed(kinds: object) -> list[object]:
    return kinds if isinstance(kinds, list) else [kinds]
