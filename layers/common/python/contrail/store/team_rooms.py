"""Collection `rocketchat_room`, as teams write and list it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection
from contrail.store.patterns import containing, starting
from contrail.store.rooms import PUBLIC

MOVED = f"{OWN}.moved"
TEAM_FIELDS = {"teamId": "", "teamDefault": "", "teamMain": ""}
Steps = list[dict[str, Any]]
FOUND = {"_id": 1, "name": 1, "fname": 1, "t": 1, "teamId": 1, "avatarETag": 1}


class TeamRooms:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_room")
        self._subscriptions = collection(database, "rocketchat_subscription")

    def of(self, team_id: str) -> list[Document]:
        """Every room of a team, the main one too."""
        return list(self.collection.find({"teamId": team_id}, PUBLIC, batch_size=BATCH))

    def page(
        self,
        team_id: str,
        *,
        within: Iterable[str] | None,
        name: str,
        default: bool,
        sort: list[tuple[str, int]],
        offset: int,
        count: int,
    ) -> tuple[list[Document], int]:
        """A page of a team's rooms besides the main one, and how many there are.

        `within`, if given, are the private rooms among them that count; `name` is a part of it.
        """
        more: Document = {"teamMain": {"$ne": True}}
        if within is not None:
            more["$or"] = [{"t": "c"}, {"_id": {"$in": list(within)}}]
        if name:
            more["name"] = containing(name)
        if default:
            more["teamDefault"] = True
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        steps: Steps = [{"$match": {"teamId": team_id}}, {"$match": more}]
        paging: Steps = [
            {"$sort": {**dict(sort), "_id": 1}},
            {"$skip": offset},
            {"$limit": count},
            {"$project": PUBLIC},
        ]
        rows = list(self.collection.aggregate([*steps, *paging], batchSize=BATCH))
        total = next(iter(self.collection.aggregate([*steps, {"$count": "n"}])), {"n": 0})
        return rows, int(total["n"])

    def owners(self, rids: list[str]) -> dict[str, set[str]]:
        """Room -> ids of those who own it."""
        steps: Steps = [{"$match": {"rid": {"$in": rids}}}, {"$match": {"roles": "owner"}}]
        found: dict[str, set[str]] = {}
        for row in self._subscriptions.aggregate(steps, batchSize=BATCH):
            found.setdefault(row["rid"], set()).add(row["u"]["_id"])
        return found

    def main(self, text: str, mine: Iterable[str]) -> list[Document]:
        """Main rooms of teams whose name starts with `text`: public ones, and those one is in."""
        begins = starting(text)
        named = {"$or": [{"name": begins}, {"fname": begins}]}
        seen = {"$or": [{"t": "c"}, {"_id": {"$in": list(mine)}}]}
        steps: Steps = [{"$match": {"teamMain": True}}, {"$match": {"$and": [named, seen]}}]
        order: Document = {"$sort": {"name": 1, "fname": 1}}
        return list(
            self.collection.aggregate([*steps, order, {"$project": FOUND}], batchSize=BATCH)
        )

    def take(self, team_id: str, rid: str, now: datetime) -> Document | None:
        """Make a room the main one of a team; None when it is in a team already, or gone."""
        free = {"_id": rid, "teamId": {"$exists": False}}
        change = {"teamId": team_id, "teamMain": True, "_updatedAt": now}
        return self.collection.find_one_and_update(
            free, {"$set": change}, PUBLIC, return_document=ReturnDocument.AFTER
        )

    def add(self, team_id: str, rids: list[str], now: datetime) -> str | None:
        """Put rooms into a team: all of them, or none where one is in a team by then.

        A name for what was done, by which `take_back` undoes it; None when it was not.
        """
        name = random_id()
        change = {"$set": {"teamId": team_id, MOVED: name, "_updatedAt": now}}
        writes = [UpdateOne({"_id": rid, "teamId": {"$exists": False}}, change) for rid in rids]
        if self.collection.bulk_write(writes, ordered=False).modified_count == len(rids):
            return name
        self.take_back(team_id, rids, name)
        return None

    def take_back(self, team_id: str, rids: list[str], name: str) -> None:
        change = {"$unset": {**TEAM_FIELDS, MOVED: ""}}
        writes = [UpdateOne({"_id": rid, "teamId": team_id, MOVED: name}, change) for rid in rids]
        self.collection.bulk_write(writes, ordered=False)

    def set_default(self, team_id: str, rid: str, default: bool, now: datetime) -> Document | None:
        """The room after it, None when it is in the team no more."""
        return self.collection.find_one_and_update(
            {"_id": rid, "teamId": team_id},
            {"$set": {"teamDefault": default, "_updatedAt": now}},
            PUBLIC,
            return_document=ReturnDocument.AFTER,
        )

    def leave(self, team_id: str, rid: str, now: datetime) -> Document | None:
        """Take a room out of its team; the room after it, None when it was not in it."""
        return self.collection.find_one_and_update(
            {"_id": rid, "teamId": team_id},
            {"$unset": {**TEAM_FIELDS, MOVED: ""}, "$set": {"_updatedAt": now}},
            PUBLIC,
            return_document=ReturnDocument.AFTER,
        )

    def leave_all(self, team_id: str, now: datetime) -> None:
        change = {"$unset": {**TEAM_FIELDS, MOVED: ""}, "$set": {"_updatedAt": now}}
        self.collection.update_many({"teamId": team_id}, change)
