"""Whose presence a connection watches: one set, which its first sub holds and later ones change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contrail.shapes.connections import Sub
from functions.streamer.emission import PRESENCE, watchers

MOST = 1_000
"""People that one connection watches; who comes beyond them is not told of."""
LONGEST = 64
"""Characters of an id."""
Key = tuple[str, str]


def asked(params: list[Any]) -> list[object]:
    """A sub's `{added, removed}`, whichever way a client wraps it, as the sub keeps it."""
    options = params[1] if len(params) > 1 and isinstance(params[1], dict) else {}
    args = options.get("args")
    given = args[0] if isinstance(args, list) and args else options
    if not isinstance(given, dict):
        return [{}]
    return [{name: _ids(given.get(name)) for name in ("added", "removed")}]


def keys(sub: Sub) -> list[Key]:
    """Where a sub listens for those it watches."""
    if sub.stream != PRESENCE:
        return []
    return [(watchers(uid), f"{PRESENCE}/{uid}") for uid in _watched(sub)]


def changed(live: Sub, wanted: Sub) -> Sub:
    """What becomes of a connection's one sub when a later one asks for others."""
    given: Any = wanted.extra[0]
    gone = set(given.get("removed", ()))
    watched = [uid for uid in _watched(live) if uid not in gone]
    watched = list(dict.fromkeys([*watched, *given.get("added", ())]))[:MOST]
    return live.model_copy(update={"extra": [{"added": watched}]})


def _watched(sub: Sub) -> list[str]:
    given: Any = sub.extra[0] if sub.extra else {}
    return list(dict.fromkeys(given.get("added", ())))[:MOST]


def _ids(given: object) -> list[str]:
    listed: Iterable[object] = given if isinstance(given, list) else ()
    return [uid for uid in listed if isinstance(uid, str) and 0 < len(uid) <= LONGEST]
