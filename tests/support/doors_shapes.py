"""What rooms, subscriptions and messages look like in answers; `date` tells dates from others."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.example import USER
from tests.support.workspace import Json


def channel(date: Callable[[object], bool]) -> Json:
    flags = dict.fromkeys(("broadcast", "encrypted", "ro", "default", "sysMes"), bool)
    named = {"_id": str, "name": str, "fname": str, "t": "c", "u": USER, "customFields": dict}
    return {**named, **flags, "msgs": int, "usersCount": int, "ts": date, "_updatedAt": date}


def room(date: Callable[[object], bool]) -> Json:
    """A room in a list. Direct ones have no name."""
    return {"_id": str, "t": str, "msgs": int, "usersCount": int, "_updatedAt": date}


def any_message(date: Callable[[object], bool]) -> Json:
    """One of the system's too."""
    return {"_id": str, "rid": str, "msg": str, "u": USER, "ts": date, "_updatedAt": date}


def message(date: Callable[[object], bool]) -> Json:
    """One of someone's."""
    return {**any_message(date), "urls": list, "mentions": list, "channels": list}


def subscription(date: Callable[[object], bool]) -> Json:
    counts = dict.fromkeys(("unread", "userMentions", "groupMentions"), int)
    flags = {"open": bool, "alert": bool}
    named = {"_id": str, "rid": str, "t": str, "name": str, "u": USER}
    return {**named, **flags, **counts, "ts": date, "_updatedAt": date}
