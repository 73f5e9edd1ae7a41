"""Collection `rocketchat_room`, as people look for rooms that they are not in."""

from __future__ import annotations

from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection
from contrail.store.patterns import containing

SHOWN = dict.fromkeys(
    """t description topic announcement name fname lastMessage ts archived default featured ro
    usersCount msgs lm prid teamId teamMain encrypted avatarETag""".split(),
    1,
)
FOUND = dict.fromkeys(
    "t name fname joinCodeRequired lastMessage teamMain teamId prid avatarETag".split(), 1
)
Steps = list[dict[str, Any]]


class RoomDirectory:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_room")

    def page(
        self,
        text: str,
        *,
        teams: list[str],
        mine: list[str],
        main: bool,
        sort: list[tuple[str, int]],
        offset: int,
        count: int,
    ) -> tuple[list[Document], int]:
        """Channels, or the main rooms of teams, whose name contains `text`, and how many.

        Seen are channels without a team, those of `teams`, and what is among `mine`.
        """
        open_ones = [{"teamId": {"$exists": False}}, {"teamId": {"$in": teams}}]
        seen = {"$or": [{"t": "c", "$or": open_ones}, {"t": "p", "_id": {"$in": mine}}]}
        more: list[Document] = [seen, {"prid": {"$exists": False}}]
        if text:
            more.append({"$or": [{"name": containing(text)}, {"fname": containing(text)}]})
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        first: Document = {"teamMain": True} if main else {"t": {"$in": ["c", "p"]}}
        steps: Steps = [{"$match": first}, {"$match": {"$and": more}}]
        order: Steps = [{"$sort": {**dict(sort), "_id": 1}}, {"$skip": offset}, {"$limit": count}]
        rows = self.collection.aggregate([*steps, *order, {"$project": SHOWN}], batchSize=BATCH)
        total = next(iter(self.collection.aggregate([*steps, {"$count": "n"}])), {"n": 0})
        return list(rows), int(total["n"])

    def channels(self, text: str, *, without: list[str], limit: int) -> list[Document]:
        """Channels whose name contains `text`, besides those of `without`: an exact name first.

        Of a team only the main room is among them.
        """
        named = {"$or": [{"name": containing(text)}, {"fname": containing(text)}]}
        outside = {"$or": [{"teamId": {"$exists": False}}, {"teamMain": True}]}
        match = {"_id": {"$nin": without}, "$and": [named, outside]}
        steps: Steps = [{"$match": {"t": "c"}}, {"$match": match}, {"$sort": {"name": 1}}]
        rows = self.collection.aggregate(
            [*steps, {"$limit": limit}, {"$project": FOUND}], batchSize=BATCH
        )
        return list(rows)

    def called(self, name: str) -> Document | None:
        """The channel of exactly this name."""
        room = self.collection.find_one({"name": name}, {**FOUND, "t": 1})
        return room if room and room["t"] == "c" else None
