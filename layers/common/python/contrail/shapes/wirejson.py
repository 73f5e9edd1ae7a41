"""JSON as the REST API writes it, and dates as its clients write them."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**64 - 1
"""The integers that are written as integers."""

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_MAX_DEPTH: Final = 250  # orjson gives up a little later

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun",
                  "jul", "aug", "sep", "oct", "nov", "dec")  # fmt: skip
_ZONE: Final = r"(?P<zone>(?:Z|UTC?|GMT)?(?:(?P<sign>[+-])(?P<oh>[01]\d|2[0-3]):?(?P<om>[0-5]\d))?)"
_TIME: Final = r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
_FLAGS: Final = re.ASCII | re.IGNORECASE
_ISO: Final = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})(?:-(?P<day>\d{{2}}))?(?:[T ]{_TIME} ?{_ZONE})?", _FLAGS
)
# "Wed Dec 14 2016 20:56:05 GMT+0100 (CET)", "Wed, 14 Dec 2016 20:56:05 GMT" and shorter
_RFC: Final = re.compile(
    r"(?:[a-z]{3,9},? )?"
    r"(?:(?P<day>\d{1,2}) (?P<name>[a-z]{3,9})|(?P<name2>[a-z]{3,9}) (?P<day2>\d{1,2}),?)"
    rf" (?P<year>\d{{4}})(?: {_TIME} ?{_ZONE}(?: ?\(.*\))?)?",
    _FLAGS,
)


def decode(raw: str | bytes) -> Any:
    """JSON as JavaScript reads it. Raises `ValueError` for anything else.

    Half an emoji, cut off by a client, is no reason to refuse: it becomes U+FFFD.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            value = json.loads(raw, parse_constant=_not_json)
            return orjson.loads(encode(value))
        except (RecursionError, TypeError) as error:
            raise ValueError("not valid JSON") from error


def _not_json(name: str) -> None:
    raise ValueError(name)


def encode(value: object) -> bytes:
    """Encode a REST body.

    datetime becomes an ISO string in UTC with milliseconds ("2016-12-14T20:56:05.117Z"; naive
    counts as UTC), bytes base64, NaN and the infinities null, an integer beyond 64 bit a float,
    a lone surrogate U+FFFD, a set or tuple a list, a key that is no string `str(key)`.
    Raises TypeError for any other type and for nesting deeper than 250.
    """
    try:
        return orjson.dumps(value, default=_default, option=_OPTIONS)
    except TypeError:  # what orjson refuses is rare enough to look for only now
        return orjson.dumps(_repair(value, _MAX_DEPTH), default=_default, option=_OPTIONS)


def iso_date(value: datetime) -> str:
    """The instant as JavaScript's toISOString() writes it; a naive datetime counts as UTC."""
    if value.tzinfo is not None and value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    date = (value.year, value.month, value.day)
    time = (value.hour, value.minute, value.second, value.microsecond // 1000)
    # Half of what isoformat and format strings take, and lists are full of dates.
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (*date, *time)  # noqa: UP031


def parse_date(text: str) -> datetime | None:
    """Read a date as JavaScript's `new Date(text)` reads what clients send.

    Takes ISO dates and date-times with or without seconds, fraction and zone, and the forms of
    Date.toString(), Date.toUTCString() and RFC 2822. Without a zone it is UTC. Returns an aware
    UTC datetime cut to milliseconds, or None when the text is no date of years 1 to 9999.
    """
    match = _ISO.fullmatch(text)
    if match:
        parts = match.groupdict()
        return _build(parts, int(parts["month"]), int(parts["day"] or 1))
    match = _RFC.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    name = (parts["name"] or parts["name2"])[:3].lower()
    if name not in _MONTHS:
        return None
    return _build(parts, _MONTHS.index(name) + 1, int(parts["day"] or parts["day2"]))


def _build(parts: dict[str, str | None], month: int, day: int) -> datetime | None:
    def number(part: str) -> int:
        return int(parts[part] or 0)

    hour, minute, second = number("hour"), number("minute"), number("second")
    milliseconds = int((parts["fraction"] or "")[:3].ljust(3, "0"))
    offset = timedelta(hours=number("oh"), minutes=number("om"))
    if parts["sign"] == "-":
        offset = -offset
    midnight = timedelta()
    if hour == 24:  # JavaScript takes 24:00 for the end of the day
        if minute or second or milliseconds:
            return None
        hour, midnight = 0, timedelta(days=1)
    try:
        local = datetime(number("year"), month, day, hour, minute, second, tzinfo=UTC)
        return local + (timedelta(milliseconds=milliseconds) + midnight - offset)
    except (ValueError, OverflowError):
        return None


def _default(value: object) -> object:
    if isinstance(value, datetime):
        return iso_date(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(value).decode("ascii")
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _repair(value: object, levels: int) -> Any:
    """A copy that orjson takes, if only strings, keys or integers were in its way."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) and not INT_MIN <= value <= INT_MAX:
        return _as_float(value)
    if not isinstance(value, dict | list | tuple | set | frozenset):
        return value
    if levels == 0:
        raise TypeError("nested too deeply for JSON")
    if isinstance(value, dict):
        return {
            _text(key if isinstance(key, str) else str(key)): _repair(item, levels - 1)
            for key, item in value.items()
        }
    return [_repair(item, levels - 1) for item in value]


def _text(value: str) -> str:
    # Through UTF-16 two surrogates that form a pair become the character they stand for.
    return str.__str__(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
