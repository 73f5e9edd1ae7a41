"""Input of a request -> the use case's model, or the documented refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contrail.shapes.errors import InvalidInput
from contrail.shapes.inputs import Input

TEXTS = {
    "string_type": "must be string",
    "bool_type": "must be boolean",
    "bool_parsing": "must be boolean",
    "int_type": "must be integer",
    "int_parsing": "must be integer",
    "float_type": "must be number",
    "list_type": "must be array",
    "dict_type": "must be object",
    "model_type": "must be object",
    "model_attributes_type": "must be object",
    "string_too_short": "must NOT have fewer than 1 characters",
    "extra_forbidden": "must NOT have additional properties",
}
GENERIC = "invalid-params"
Model = TypeVar("Model", bound=Input)


def parse(model: type[Model], data: Mapping[str, Any], *, strict: bool) -> Model:
    """`strict` where the wire has types of its own (JSON, EJSON); query strings have none.

    Raises `InvalidInput`.
    """
    try:
        return model.model_validate(dict(data), strict=strict)
    except ValidationError as error:
        raise _refusal(model, error.errors(include_url=False)) from None


def _refusal(model: type[Input], errors: list[ErrorDetails]) -> InvalidInput:
    for error in errors:
        field = str(error["loc"][0]) if error["loc"] else ""
        if field in model.documented:
            code, reason = model.documented[field]
            return InvalidInput(code, reason)
    lines = dict.fromkeys(_line(error) for error in errors)
    return InvalidInput(GENERIC, "\n ".join(lines))


def _line(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return f"must have required property '{error['loc'][-1]}'"
    return TEXTS.get(error["type"], "must be valid")
