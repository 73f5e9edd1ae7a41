"""A room's members, as lists read them: from their subscriptions to the people they are."""

from __future__ import annotations

from collections.abc import Iterable

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection
from contrail.store.patterns import containing

PEOPLE: Document = {
    "$lookup": {"from": "users", "localField": "u._id", "foreignField": "_id", "as": "user"}
}
PERSON = (
    *("username", "name", "nickname", "status", "statusText", "statusConnection", "utcOffset"),
    *("avatarETag", "federated", "_updatedAt"),
)


class RoomMembers:
    def __init__(self, database: Database[Document]) -> None:
        self._subscriptions: Collection[Document] = collection(database, "rocketchat_subscription")

    def page(
        self,
        rid: str,
        *,
        text: str,
        among: Iterable[str],
        status: list[str] | None,
        sort: list[tuple[str, int]],
        offset: int,
        count: int,
    ) -> tuple[list[Document], int]:
        """Active people in the room, who is connected first, and how many match: two commands.

        `text` is looked for in the fields of `among`; `status` asks for one of these.
        """
        wanted: Document = {"user.active": True}
        if status is not None:
            wanted["user.status"] = {"$in": status}
        if text:
            wanted["$or"] = [{f"user.{field}": containing(text)} for field in among]
        steps: list[Document] = [{"$match": {"rid": rid}}, PEOPLE, {"$match": wanted}]
        order = {"user.statusConnection": -1, **{f"user.{name}": way for name, way in sort}}
        page: list[Document] = [
            {"$sort": {**order, "user._id": 1}},
            {"$skip": offset},
            {"$limit": count},
            {"$project": {f"user.{field}": 1 for field in ("_id", *PERSON)}},
        ]
        rows = list(self._subscriptions.aggregate([*steps, *page], batchSize=BATCH))
        found = next(iter(self._subscriptions.aggregate([*steps, {"$count": "n"}])), {"n": 0})
        return [row["user"][0] for row in rows], int(found["n"])

    def count(self, rid: str) -> int:
        return self._subscriptions.count_documents({"rid": rid})

    def online(self, rid: str) -> list[Document]:
        """`_id username` of the members that are not offline."""
        steps: list[Document] = [
            {"$match": {"rid": rid}},
            PEOPLE,
            {"$match": {"user.status": {"$in": ["online", "away", "busy"]}}},
            {"$project": {"user._id": 1, "user.username": 1}},
        ]
        rows = self._subscriptions.aggregate(steps, batchSize=BATCH)
        return [row["user"][0] for row in rows]

    def roles(self, rid: str) -> list[Document]:
        """`{_id, rid, u, roles}` of the members that have roles there, by username."""
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        steps: list[Document] = [
            {"$match": {"rid": rid}},
            {"$match": {"roles": {"$exists": True, "$ne": []}}},
            {"$sort": {"u.username": 1}},
            {"$project": {"rid": 1, "u": 1, "roles": 1}},
        ]
        return list(self._subscriptions.aggregate(steps, batchSize=BATCH))
