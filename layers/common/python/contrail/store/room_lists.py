"""Collection `rocketchat_room`, as lists read it: one command for a page and one for its total."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection

Sort = list[tuple[str, int]]
TOTAL: Document = {"$count": "n"}


class RoomLists:
    def __init__(self, database: Database[Document]) -> None:
        self._rooms: Collection[Document] = collection(database, "rocketchat_room")
        self._subscriptions = collection(database, "rocketchat_subscription")
        self._integrations = collection(database, "rocketchat_integrations")

    def direct_of(self, uids: list[str]) -> Document | None:
        """The direct room of exactly these people (ids in order)."""
        if len(uids) == 2:
            return self._rooms.find_one({"_id": "".join(uids), "t": "d"})
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        steps: list[Document] = [
            {"$match": {"uids": uids[0]}},
            {"$match": {"t": "d", "uids": uids}},
            {"$limit": 1},
        ]
        return next(iter(self._rooms.aggregate(steps)), None)

    def following(self, rid: str, kinds: Iterable[str], limit: int) -> list[Document]:
        """The next rooms of these types, by id."""
        steps: list[Document] = [
            {"$match": {"_id": {"$gt": rid}}},
            {"$match": {"t": {"$in": list(kinds)}}},
            {"$sort": {"_id": 1}},
            {"$limit": limit},
        ]
        return list(self._rooms.aggregate(steps, batchSize=BATCH))

    def one(self, match: Document) -> Document | None:
        return self._rooms.find_one(match, VISIBLE)

    def count(self, match: Document) -> int:
        return self._rooms.count_documents(match)

    def page(
        self, match: Document, sort: Sort, offset: int, count: int, fields: Document | None = None
    ) -> tuple[list[Document], int]:
        """Rooms, or `fields` of them, and how many match in all."""
        steps: list[Document] = [
            {"$match": match},
            {"$sort": _ordered(sort)},
            {"$skip": offset},
            {"$limit": count},
            {"$project": fields or VISIBLE},
        ]
        return list(self._rooms.aggregate(steps, batchSize=BATCH)), self.count(match)

    def joined(
        self,
        uid: str,
        kinds: Iterable[str],
        more: Document,
        sort: Sort,
        offset: int,
        count: int,
        *,
        roles: Iterable[str] = (),
    ) -> tuple[list[Document], int]:
        """The rooms of these kinds that someone is in and that match `more`, and how many.

        Read from the subscriptions on, since a list of thousands of ids is what the embedded
        engine compares room by room. `roles` asks for one of them in the room.
        """
        steps: list[Document] = [{"$match": {"u._id": uid}}, {"$match": {"t": {"$in": [*kinds]}}}]
        if roles:
            steps.append({"$match": {"roles": {"$in": [*roles]}}})
        steps += [
            {
                "$lookup": {
                    "from": "rocketchat_room",
                    "localField": "rid",
                    "foreignField": "_id",
                    "as": "room",
                }
            },
            {"$match": {"room._id": {"$exists": True}}},
            {"$match": _below("room", more)},
        ]
        page: list[Document] = [
            {"$sort": _ordered([(f"room.{name}", order) for name, order in sort], "room._id")},
            {"$skip": offset},
            {"$limit": count},
            {"$project": {"room": 1}},
        ]
        rows = list(self._subscriptions.aggregate([*steps, *page], batchSize=BATCH))
        found = next(iter(self._subscriptions.aggregate([*steps, TOTAL])), {"n": 0})
        return [row["room"][0] for row in rows], int(found["n"])

    def rids_of(self, uid: str) -> list[str]:
        """Ids of the rooms that someone is in."""
        steps: list[Document] = [{"$match": {"u._id": uid}}, {"$project": {"rid": 1}}]
        return [row["rid"] for row in self._subscriptions.aggregate(steps, batchSize=BATCH)]

    def integrations(
        self, match: Document, sort: Sort, offset: int, count: int
    ) -> tuple[list[Document], int]:
        """Webhooks, without what could be used to call them."""
        hidden = {"token": 0, "scriptCompiled": 0, **VISIBLE}
        cursor = self._integrations.find(match, hidden, batch_size=BATCH)
        rows = list(cursor.sort(sort).skip(offset).limit(count))
        return rows, self._integrations.count_documents(match)


def _ordered(sort: Sort, last: str = "_id") -> dict[str, int]:
    """With the id behind it: pages of equals must not overlap."""
    return {**dict(sort), last: dict(sort).get(last, 1)}


def _below(name: str, query: Any) -> Any:
    """A query on the fields of a document that stands under `name` of another."""
    if not isinstance(query, dict):
        return query
    return {
        key if key.startswith("$") else f"{name}.{key}": (
            [_below(name, part) for part in value] if key in ("$and", "$or") else value
        )
        for key, value in query.items()
    }
