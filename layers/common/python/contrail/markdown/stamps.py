"""Times in messages, such as `<t:1630360800:R>`: seconds, ISO 8601, or a time of today."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from contrail.markdown.nodes import Node

ZONE = r"(?:[+-]\d\d:\d\d)?+"
DAY = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
TIME = rf"(?>\d{{10}}|{DAY}\.\d{{3}}{ZONE}|{DAY}{ZONE}|\d\d:\d\d:\d\d{ZONE}|\d\d:\d\d{ZONE})"
STAMP = re.compile(rf"<t:({TIME})(?::([tTdDfFR]))?+>", re.ASCII)
PARTS = re.compile(
    r"(?:(\d{4})-(\d\d)-(\d\d)T)?(\d\d):(\d\d)(?::(\d\d))?(?:\.(\d{3}))?(?:([+-])(\d\d):(\d\d))?",
    re.ASCII,
)
MONTHS = 12
LONGEST_MONTH = 31
DAYS_IN_400_YEARS = 146_097
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN = "0"
"""What a time that there is not counts as, and a time of today without a zone."""


def stamp_at(text: str, place: int, now: datetime) -> tuple[int, Node] | None:
    """The time written here, with its end. `fallback` is where in the text it stands."""
    match = STAMP.match(text, place)
    if not match:
        return None
    value = {"timestamp": _seconds(match[1], now), "format": match[2] or "t"}
    node = {"type": "TIMESTAMP", "value": value, "fallback": [place, match.end()]}
    return match.end(), node


def _seconds(written: str, now: datetime) -> str:
    """Seconds since 1970, in the 32 bits that Rocket.Chat counts them in."""
    parts = PARTS.fullmatch(written)
    if parts is None:
        return written
    year, month, day, hour, minute, second, milliseconds, sign, zone_hour, zone_minute = (
        parts.groups()
    )
    if year is None:
        if sign is None:
            return UNKNOWN
        today = now.astimezone(UTC)
        year, month, day = str(today.year), str(today.month), str(today.day)
    clock = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second or 0))
    offset = timedelta(hours=int(zone_hour or 0), minutes=int(zone_minute or 0))
    fits = (
        1 <= int(month) <= MONTHS
        and 1 <= int(day) <= LONGEST_MONTH
        and max(int(minute), int(second or 0), int(zone_minute or 0)) < 60
        and max(int(hour), int(zone_hour or 0)) < 24
    )
    midnight = clock == timedelta(days=1) and not int(minute) and not int(milliseconds or 0)
    if not fits and not (midnight and int(hour) == 24):
        return UNKNOWN
    # The calendar repeats every 400 years; Python's has no year 0.
    alike = 2000 + int(year) % 400
    start = datetime(alike, int(month), 1, tzinfo=UTC) + timedelta(days=int(day) - 1)
    moment = start - EPOCH + clock + (offset if sign == "-" else -offset)
    days = (int(year) - alike) // 400 * DAYS_IN_400_YEARS
    total = days * 86_400 + moment.total_seconds() + int(milliseconds or 0) / 1000
    return str((int(total) + (1 << 31)) % (1 << 32) - (1 << 31))
