"""Faults in the input of a row, worked out from its model, each with the answer it must get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contrail.shapes.inputs import Input, Listed
from tests.support.workspace import Json

WORDS = {
    "string": "must be string",
    "boolean": "must be boolean",
    "integer": "must be integer",
    "number": "must be number",
    "array": "must be array",
    "object": "must be object",
    "date": "must be a valid date",
    "enum": "must be equal to one of the allowed values",
}


@dataclass(frozen=True)
class Fault:
    """`given` is the example's input with one thing wrong: a field, or nothing in it at all."""

    field: str
    label: str
    given: Json
    body: Json


def faults_of(model: type[Input], good: Json, *, query: bool) -> Iterator[Fault]:
    """What is missing, and each field with a value of the wrong type; `query` for query strings."""
    schema = model.model_json_schema()
    if "" in model.documented:
        yield Fault("", "nothing", {}, _body(model.documented[""]))
    for name in schema.get("required", ()):
        given = {key: value for key, value in good.items() if key != name}
        text = f"must have required property '{name}'"
        yield Fault(name, f"no {name}", given, _body(model.documented.get(name), text))
    for name, declared in schema.get("properties", {}).items():
        kinds = _kinds(declared)
        value = _wrong_text(kinds) if query else _wrong(kinds)
        if name in Listed.model_fields or value is None:
            continue
        text = "\n ".join([WORDS[kind] for kind in kinds] + ["must match a schema in anyOf"])
        if len(kinds) == 1:
            text = WORDS[kinds[0]]
        given = {key: value for key, value in good.items() if key != name}
        key = f"{name}[]" if isinstance(value, list) else name
        yield Fault(name, f"{name}={value!r}", {**given, key: value}, _body(_of(model, name), text))


def room_fields(model: Any) -> set[str]:
    """The fields, at any depth, by which an input names a room or a message in one."""
    schema = model.model_json_schema()
    properties = set(schema.get("properties", {}))
    for nested in schema.get("$defs", {}).values():
        properties |= set(nested.get("properties", {}))
    return properties & {"rid", "roomId", "roomName", "msgId", "channel"}


def _of(model: type[Input], name: str) -> Any:
    return model.documented.get(name)


def _body(documented: Any, text: str = "") -> Json:
    code, reason, *bare = documented or ("invalid-params", text)
    if code is None:
        return {"success": False, "error": reason}
    return {"success": False, "error": reason if bare else f"{reason} [{code}]", "errorType": code}


def _kinds(declared: Json) -> list[str]:
    """The JSON types that a field takes, null apart; none for a field that takes anything."""
    if "anyOf" in declared:
        return [kind for part in declared["anyOf"] for kind in _kinds(part)]
    if "$ref" in declared:
        return ["object"]
    if "enum" in declared:
        return ["enum"]
    if declared.get("format") == "date-time":
        return ["date"]
    kind = declared.get("type")
    return [] if kind in (None, "null") else [kind]


def _wrong(kinds: list[str]) -> Any:
    if not kinds:
        return None
    return 12 if {"string", "date"} & set(kinds) else "text"


def _wrong_text(kinds: list[str]) -> Any:
    """A query string knows no types: a list where one string is wanted, text that is no number."""
    if not kinds or "array" in kinds:
        return None
    return ["text"] if "string" in kinds else "neither"


def places(
    schema: Json, root: Json, path: tuple[str | int, ...] = (), inside: tuple[str, ...] = ()
) -> Iterator[tuple[Any, ...]]:
    """Where an input takes text or anything at all: paths of keys, 0 for the first of a list.

    In what may hold itself, attachments say, the outermost one counts.
    """
    name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    if name in inside:
        return
    if name:
        schema, inside = root["$defs"][name], (*inside, name)
    for part in schema.get("anyOf", ()):
        yield from places(part, root, path, inside)
    kind = schema.get("type")
    if kind == "string" or (path and kind is None and "anyOf" not in schema):
        yield path
    elif kind == "array":
        yield from places(schema.get("items", {}), root, (*path, 0), inside)
    elif kind == "object":
        for key, inner in schema.get("properties", {}).items():
            yield from places(inner, root, (*path, key), inside)
        if "properties" not in schema:
            yield (*path, "any")


def put(given: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the input with the value at the path."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if first == 0:
        inner = given[0] if isinstance(given, list) and given else None
        return [put(inner, rest, value)]
    held = given if isinstance(given, dict) else {}
    return {**held, first: put(held.get(first), rest, value)}
