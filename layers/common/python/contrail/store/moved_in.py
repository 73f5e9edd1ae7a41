"""What documents lack that were written by Rocket.Chat, or by a release before this one.

Each method works on a batch in the order of `_id`, beginning after `place`, and changes only what
is still as it was read: whoever uses the workspace meanwhile is not in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from contrail.shapes.rows import Document
from contrail.store.collections import OWN, collection
from contrail.store.external import KEYS
from contrail.store.presence import OFFLINE, SETTLED

SIZE = 500
DUPLICATE = 11000
NAME = f"{OWN}.username"
OTHERWISE = ("ldap",)
"""Services that find their people by other means."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`place` is empty at the end; `left` are ids of what contradicts another document."""

    place: str
    changed: int = 0
    left: tuple[str, ...] = ()


class MovedIn:
    def __init__(self, database: Database[Document]) -> None:
        self._users: Collection[Document] = collection(database, "users")
        self._sessions: Collection[Document] = collection(database, "usersSessions")
        self._emoji: Collection[Document] = collection(database, "rocketchat_custom_emoji")
        self._sounds: Collection[Document] = collection(database, "rocketchat_custom_sounds")

    def name_users(self, place: str, _: datetime) -> Batch:
        """`_contrail.username`, by which names are unique whatever the case of their letters."""
        match: Document = {"username": {"$type": "string"}, NAME: {"$exists": False}}

        def change(user: Document) -> UpdateOne:
            still = {"_id": user["_id"], "username": user["username"], NAME: {"$exists": False}}
            return UpdateOne(still, {"$set": {NAME: user["username"].lower()}})

        return self._each(self._users, place, match, {"username": 1}, change)

    def link_users(self, place: str, _: datetime) -> Batch:
        """`_contrail.external`: whom login services know them as."""
        match: Document = {"services": {"$type": "object"}, KEYS: {"$exists": False}}

        def change(user: Document) -> UpdateOne | None:
            keys = _keys(user["services"])
            still = {"_id": user["_id"], KEYS: {"$exists": False}}
            return UpdateOne(still, {"$set": {KEYS: keys}}) if keys else None

        return self._each(self._users, place, match, {"services": 1}, change)

    def part_users(self, place: str, now: datetime) -> Batch:
        """Who was connected to the server that the data comes from is connected no more."""
        self._sessions.delete_many({OWN: {"$exists": False}})
        match: Document = {
            "type": "user",
            "status": {"$in": ["online", "away", "busy"]},
            SETTLED: {"$exists": False},
        }

        def change(user: Document) -> UpdateOne:
            still = {"_id": user["_id"], SETTLED: {"$exists": False}}
            status = {"status": OFFLINE, "statusConnection": OFFLINE, "_updatedAt": now}
            return UpdateOne(still, {"$set": status})

        return self._each(self._users, place, match, {"_id": 1}, change)

    def name_emoji(self, place: str, _: datetime) -> Batch:
        """`_contrail.names`: an emoji's name and aliases, unique among all."""
        names = f"{OWN}.names"
        match: Document = {"name": {"$type": "string"}, names: {"$exists": False}}

        def change(emoji: Document) -> UpdateOne:
            both = [emoji["name"], *(emoji.get("aliases") or ())]
            still = {"_id": emoji["_id"], "name": emoji["name"], names: {"$exists": False}}
            return UpdateOne(still, {"$set": {names: list(dict.fromkeys(both))}})

        return self._each(self._emoji, place, match, {"name": 1, "aliases": 1}, change)

    def name_sounds(self, place: str, _: datetime) -> Batch:
        """`_contrail.name`: a sound's, unique."""
        name = f"{OWN}.name"
        match: Document = {"name": {"$type": "string"}, name: {"$exists": False}}

        def change(sound: Document) -> UpdateOne:
            still = {"_id": sound["_id"], "name": sound["name"], name: {"$exists": False}}
            return UpdateOne(still, {"$set": {name: sound["name"]}})

        return self._each(self._sounds, place, match, {"name": 1}, change)

    def _each(
        self,
        where: Collection[Document],
        place: str,
        match: Document,
        projection: Document,
        change: Callable[[Document], UpdateOne | None],
    ) -> Batch:
        wanted = {"_id": {"$gt": place}, **match}
        rows = list(where.find(wanted, projection, batch_size=SIZE).sort("_id", 1).limit(SIZE))
        writes = [(row["_id"], one) for row in rows if (one := change(row)) is not None]
        changed, left = _written(where, writes)
        return Batch(str(rows[-1]["_id"]) if len(rows) == SIZE else "", changed, left)


def _written(
    where: Collection[Document], writes: list[tuple[str, UpdateOne]]
) -> tuple[int, tuple[str, ...]]:
    """How many were changed, and the ids of those that another document contradicts."""
    if not writes:
        return 0, ()
    try:
        done = where.bulk_write([one for _, one in writes], ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if any(one["code"] != DUPLICATE for one in failed):
            raise
        return error.details["nModified"], tuple(writes[one["index"]][0] for one in failed)
    return done.modified_count, ()


def _keys(services: Mapping[str, Any]) -> list[str]:
    """`<service>:<id>` of each service that knows the person by an id."""
    known = {
        name: service["id"]
        for name, service in services.items()
        if name not in OTHERWISE and isinstance(service, dict) and _is_id(service.get("id"))
    }
    return [f"{name}:{known[name]}" for name in sorted(known)]


def _is_id(value: object) -> bool:
    return (isinstance(value, str) and bool(value)) or (
        isinstance(value, int) and not isinstance(value, bool)
    )
