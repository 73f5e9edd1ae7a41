"""Input of a request -> the use case's model, or the documented refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contrail.shapes.errors import InvalidInput
from contrail.shapes.inputs import Input

TEXTS = {
    "missing": "must have required property '{name}'",
    "string_type": "must be string",
    "bool_type": "must be boolean",
    "bool_parsing": "must be boolean",
    "int_type": "must be integer",
    "int_parsing": "must be integer",
    "int_from_float": "must be integer",
    "float_type": "must be number",
    "list_type": "must be array",
    "dict_type": "must be object",
    "model_type": "must be object",
    "model_attributes_type": "must be object",
    "datetime_type": "must be a valid date",
    "string_too_short": "must NOT have fewer than {min_length} characters",
    "string_too_long": "must NOT have more than {max_length} characters",
    "too_short": "must NOT have fewer than {min_length} items",
    "too_long": "must NOT have more than {max_length} items",
    "greater_than_equal": "must be >= {ge}",
    "less_than_equal": "must be <= {le}",
    "literal_error": "must be equal to one of the allowed values",
    "value_error": "{error}",
}
GENERIC = "invalid-params"
Model = TypeVar("Model", bound=Input)


def parse(model: type[Model], data: Mapping[str, Any], *, strict: bool) -> Model:
    """`strict` where the wire has types of its own (JSON, EJSON); query strings have none.

    Raises `InvalidInput`.
    """
    given = dict(data)
    try:
        return model.model_validate(given, strict=strict)
    except ValidationError as error:
        raise _refusal(model, given, error.errors(include_url=False)) from None


def _refusal(model: type[Input], given: dict[str, Any], errors: list[ErrorDetails]) -> InvalidInput:
    """Worded like the API's schema validator: one error, what is missing before what is wrong."""
    first = next((e for e in errors if e["type"] == "missing" and len(e["loc"]) == 1), errors[0])
    field = str(first["loc"][0]) if first["loc"] else ""
    itself = first["type"] == "missing" or first["input"] is given.get(field)
    documented = model.documented.get(field if itself or not field else f"{field}.")
    if documented is not None:
        code, reason, *bare = documented
        return InvalidInput(code, reason, bare=bool(bare))
    alike = [first]
    if itself and first["type"] != "missing":
        alike = [error for error in errors if error["loc"][:1] == first["loc"][:1]]
    lines = list(dict.fromkeys(_line(error) for error in alike))
    if len(lines) > 1:  # the alternatives of one field
        lines.append("must match a schema in anyOf")
    return InvalidInput(GENERIC, "\n ".join(lines))


def _line(error: ErrorDetails) -> str:
    known = TEXTS.get(error["type"], "must be valid")
    return known.format(name=error["loc"][-1] if error["loc"] else "", **error.get("ctx", {}))
