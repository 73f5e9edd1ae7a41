"""What people type into a search: words, and filters such as `from:ann` and `has:star`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from contrail.domain.history import BEGINNING, END
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.rows import Document
from contrail.store.patterns import containing, exactly
from functions.messaging.patterns import harmless

LONGEST = 1_000
MOST_WORDS = 20
SLASHED = re.compile(r"/(.+)/([imsu]*)", re.DOTALL)
FILTER = re.compile(r"(?:^|\s)(from|mention|has|is|before|after|on|order):(\S+)")
PART = re.compile(r'"([^"]+)"|(\S+)')
DAY = timedelta(days=1)
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
HAS: dict[str, Document] = {
    "star": {},
    "pin": {"pinned": True},
    "url": {"urls.url": {"$exists": True}},
    "link": {"urls.url": {"$exists": True}},
    "file": {"file._id": {"$exists": True}},
    "location": {"location": {"$exists": True}},
}


@dataclass
class Query:
    """`more` is for the database, `pattern` for each message that it finds."""

    low: datetime = BEGINNING
    high: datetime = END
    order: int = -1
    more: Document = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None
    terms: list[Document] = field(default_factory=list)


def understood(at: Instance, caller: Caller, text: str) -> Query | None:
    """None for a text that asks for nothing, or whose pattern is no good."""
    if not text.strip() or len(text) > LONGEST:
        return None
    query = Query(more={"t": {"$ne": "rm"}})
    slashed = SLASHED.fullmatch(text.strip())
    if slashed is None:
        for name, value in FILTER.findall(text):
            _narrow(query, caller, name, value)
        text = FILTER.sub(" ", text).strip()
    if slashed or (text and at.setting("Message_AlwaysSearchRegExp")):
        flags = [FLAGS[one] for one in (slashed[2] if slashed else "") if one in FLAGS]
        query.pattern = harmless(slashed[1] if slashed else text, sum({re.IGNORECASE, *flags}))
        if query.pattern is None:
            return None
    else:
        _look_for(query, text)
    if query.terms:
        query.more["$and"] = query.terms
    return query


def _look_for(query: Query, text: str) -> None:
    """All words, in any order; those in quotes together, those behind a `-` not."""
    for phrase, word in PART.findall(text)[:MOST_WORDS]:
        if word.startswith("-") and len(word) > 1:
            query.terms.append({"msg": {"$not": containing(word[1:])}})
            continue
        sought = containing(phrase or word)
        query.terms.append({"$or": [{"msg": sought}, {"attachments.description": sought}]})


def _narrow(query: Query, caller: Caller, name: str, value: str) -> None:
    if name == "from":
        author = caller.username if value == "me" else value.removeprefix("@")
        query.terms.append({"u.username": exactly(author)})
    elif name == "mention":
        query.terms.append({"mentions.username": exactly(value.removeprefix("@"))})
    elif name in ("has", "is"):
        kind = {"starred": "star", "pinned": "pin"}.get(value, value)
        wanted = {"starred._id": caller.uid} if kind == "star" else HAS.get(kind)
        query.terms.append(wanted or {"_id": {"$in": []}})
    elif name == "order":
        query.order = 1 if value.startswith("asc") else -1
    else:
        _bound(query, name, value)


def _bound(query: Query, name: str, value: str) -> None:
    day = _day(value)
    if day is None:
        query.terms.append({"_id": {"$in": []}})
        return
    if name in ("after", "on"):
        query.low = max(query.low, day + DAY * (name == "after"))
    if name in ("before", "on"):
        query.high = min(query.high, day + DAY * (name == "on"))


def _day(value: str) -> datetime | None:
    """`2026-01-31`, or as people write it, `31/01/2026` and `31.01.2026`."""
    parts = re.split(r"[-/.]", value)
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if len(parts[0]) != 4:
        numbers.reverse()
    try:
        return min(datetime(numbers[0], numbers[1], numbers[2], tzinfo=UTC), END - 2 * DAY)
    except ValueError:
        return None
