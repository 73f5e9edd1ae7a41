"""EJSON, Meteor's JSON with dates, binary, special numbers, patterns and custom types.

    datetime        {"$date": milliseconds since 1970}
    bytes           {"$binary": base64}
    NaN, inf, -inf  {"$InfNaN": 0 | 1 | -1}
    RegExp          {"$regexp": pattern, "$flags": flags}
    Custom          {"$type": type_name, "$value": value}

A dict with exactly the keys of one of these forms travels as {"$escape": dict}: its own keys
are literal, its values are EJSON again.
"""

from __future__ import annotations

from base64 import b64encode
from binascii import a2b_base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor, isfinite, isnan
from typing import Any, Final

import orjson

from contrail.shapes import wirejson

MAX_DEPTH: Final = 100
"""Containers (dict, list, Custom) inside one another, in either direction."""

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DATE_MIN: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_DATE_MAX: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
_FORMS: Final = frozenset(
    frozenset(keys)
    for keys in (
        ("$date",),
        ("$binary",),
        ("$InfNaN",),
        ("$escape",),
        ("$regexp", "$flags"),
        ("$type", "$value"),
    )
)


class EJSONError(ValueError):
    """The text is not EJSON, or the nesting exceeds MAX_DEPTH. The message is safe to send."""


@dataclass(frozen=True)
class RegExp:
    """A JavaScript pattern as the client wrote it; neither checked nor compiled."""

    pattern: str
    flags: str


@dataclass(frozen=True)
class Custom:
    """A value of a user-defined type; `value` is decoded EJSON."""

    type_name: str
    value: Any


def dumps(value: object) -> str:
    """Encode as EJSON text.

    Tuples and sets become lists, keys strings, integers beyond 64 bit floats, lone surrogates
    U+FFFD. Raises EJSONError when nested too deeply, TypeError for a type EJSON cannot carry.
    """
    text = _plain(value)
    return wirejson.encode(to_json_value(value)).decode() if text is None else text


def loads(text: str | bytes) -> Any:
    """Decode EJSON text. Raises EJSONError for anything that is not EJSON."""
    try:
        value = wirejson.decode(text)
    except ValueError:
        raise EJSONError("not valid JSON") from None
    return _decode(value, MAX_DEPTH)


def to_json_value(value: object) -> Any:
    """A copy in plain JSON types, for a larger document. Raises as dumps does.

    Strings stay as they are, lone surrogates included: the JSON encoder replaces those.
    """
    return _encode(value, MAX_DEPTH)


def from_json_value(value: object) -> Any:
    """Decode what a JSON parser returned; the argument is left alone. Raises EJSONError."""
    return _decode(value, MAX_DEPTH)


def _plain(value: object) -> str | None:
    """The text, if it needs no more than what the JSON encoder does by itself; None otherwise.

    It does not without a look at every value where a key or a text may be taken for a form, a
    number may be none, or the nesting may be too deep.
    """
    forms = 0

    def form(one: object) -> object:
        nonlocal forms
        if isinstance(one, datetime):
            forms += 1
            return _date(one)
        raise TypeError

    try:
        text = orjson.dumps(value, default=form, option=_OPTIONS).decode()
    except TypeError:
        return None
    doubtful = text.count('"$') > forms or "null" in text
    return None if doubtful or text.count("{") + text.count("[") > MAX_DEPTH else text


def _descend(levels: int) -> int:
    if levels == 0:
        raise EJSONError("nested too deeply")
    return levels - 1


def _is_form(value: dict[Any, Any]) -> bool:
    return 0 < len(value) <= 2 and frozenset(value) in _FORMS


def _encode(value: object, levels: int) -> Any:
    if value is None or type(value) is str or value is True or value is False:
        return value
    if isinstance(value, dict):
        return _encode_dict(value, _descend(levels))
    if isinstance(value, list | tuple | set | frozenset):
        levels = _descend(levels)
        return [_encode(item, levels) for item in value]
    if isinstance(value, datetime):
        return _date(value)
    if isinstance(value, int | float):
        return _encode_number(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$binary": b64encode(value).decode("ascii")}
    if isinstance(value, RegExp):
        return {"$regexp": value.pattern, "$flags": value.flags}
    if isinstance(value, Custom):
        return {"$type": value.type_name, "$value": _encode(value.value, _descend(levels))}
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} has no EJSON form")


def _date(value: datetime) -> dict[str, int]:
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return {"$date": (aware - _EPOCH) // _MILLISECOND}


def _encode_dict(value: dict[Any, Any], levels: int) -> dict[str, Any]:
    encoded = {
        key if type(key) is str else _key(key): _encode(item, levels) for key, item in value.items()
    }
    return {"$escape": encoded} if _is_form(encoded) else encoded


def _key(key: object) -> str:
    # str() of an enum member that is a string would give its name.
    return str.__str__(key) if isinstance(key, str) else str(key)


def _encode_number(value: float) -> Any:
    if isinstance(value, int):
        if wirejson.INT_MIN <= value <= wirejson.INT_MAX:
            return value
        try:
            return float(value)
        except OverflowError:
            return {"$InfNaN": 1 if value > 0 else -1}
    if isfinite(value):
        return value
    return {"$InfNaN": 0 if isnan(value) else 1 if value > 0 else -1}


def _decode(value: Any, levels: int) -> Any:
    if isinstance(value, dict):
        if _is_form(value):
            return _decode_form(value, levels)
        return _decode_items(value, _descend(levels))
    if isinstance(value, list):
        levels = _descend(levels)
        return [_decode(item, levels) for item in value]
    return value


def _decode_items(value: dict[Any, Any], levels: int) -> dict[Any, Any]:
    return {
        key: _decode(item, levels) if isinstance(item, dict | list) else item
        for key, item in value.items()
    }


def _decode_form(value: dict[str, Any], levels: int) -> Any:
    if "$date" in value:
        return _decode_date(value["$date"])
    if "$binary" in value:
        return _decode_binary(value["$binary"])
    if "$InfNaN" in value:
        return _decode_infnan(value["$InfNaN"])
    if "$escape" in value:
        inner = value["$escape"]
        if not isinstance(inner, dict):
            raise EJSONError("invalid $escape")
        return _decode_items(inner, _descend(levels))
    if "$regexp" in value:
        pattern, flags = value["$regexp"], value["$flags"]
        if not (isinstance(pattern, str) and isinstance(flags, str)):
            raise EJSONError("invalid $regexp")
        return RegExp(pattern, flags)
    if not isinstance(value["$type"], str):
        raise EJSONError("invalid $type")
    return Custom(value["$type"], _decode(value["$value"], _descend(levels)))


def _decode_date(value: Any) -> datetime:
    if isinstance(value, str):
        date = wirejson.parse_date(value)
        if date is not None:
            return date
    elif type(value) in (int, float) and _DATE_MIN <= value <= _DATE_MAX:
        return _EPOCH + timedelta(milliseconds=floor(value))
    raise EJSONError("invalid $date")


def _decode_binary(value: object) -> bytes:
    if isinstance(value, str):
        try:
            return a2b_base64(value, strict_mode=True)
        except ValueError:  # binascii.Error is one
            pass
    raise EJSONError("invalid $binary")


def _decode_infnan(value: object) -> float:
    if value == 0 and value is not False:
        return float("nan")
    if value == 1 and value is not True:
        return float("inf")
    if value == -1:
        return float("-inf")
    raise EJSONError("invalid $InfNaN")
