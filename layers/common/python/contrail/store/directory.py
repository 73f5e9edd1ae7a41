"""Collection `users`, as lists of people read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection
from contrail.store.patterns import containing


class Directory:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")
        self._subscriptions = collection(database, "rocketchat_subscription")

    def page(
        self,
        match: Document,
        fields: Document,
        sort: list[tuple[str, int]],
        offset: int,
        count: int,
    ) -> tuple[list[Document], int]:
        """A page and how many match in all. `nameInsensitive` is there to sort by, and shown."""
        steps: list[Document] = [
            {"$match": match},
            {"$set": {"nameInsensitive": {"$toLower": {"$ifNull": ["$name", ""]}}}},
            {"$sort": dict(sort)},
            {"$skip": offset},
            {"$limit": count},
            {"$project": {**fields, "nameInsensitive": 1}},
        ]
        rows = list(self.collection.aggregate(steps, batchSize=BATCH))
        return rows, self.collection.count_documents(match)

    def found(
        self,
        term: str,
        among: Iterable[str],
        conditions: Document,
        exceptions: list[str],
        within: list[str] | None,
        fields: Document,
        limit: int,
    ) -> list[Document]:
        """Active people whose name contains `term` in a field of `among`, by username.

        `conditions` have passed an allow-list; `exceptions` are usernames; `within` limits the
        answer to these ids.
        """
        match: Document = {
            "active": True,
            "username": {"$exists": True, "$nin": exceptions},
            "$and": [conditions, any_of(among, term)],
        }
        if within is not None:
            match["_id"] = {"$in": within}
        cursor = self.collection.find(match, fields, batch_size=BATCH)
        return list(cursor.sort("username", 1).limit(limit))

    def companions(self, rids: list[str]) -> list[str]:
        """Ids of everyone in these rooms."""
        match = {"rid": {"$in": rids}}
        rows = self._subscriptions.find(match, {"u._id": 1}, batch_size=BATCH)
        return sorted({row["u"]["_id"] for row in rows})

    def idle(self, since: datetime, role: str) -> list[str]:
        """Ids of active users with the role who last logged in at `since` or before.

        Who never did counts from when they were made.
        """
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        never = {"lastLogin": {"$exists": False}, "createdAt": {"$lte": since}}
        idle = {"$or": [{"lastLogin": {"$lte": since}}, never], "active": True}
        steps: list[Document] = [{"$match": {"roles": role}}, {"$match": idle}]
        rows = self.collection.aggregate([*steps, {"$project": {"_id": 1}}], batchSize=BATCH)
        return [row["_id"] for row in rows]


def any_of(fields: Iterable[str], term: str) -> Document:
    """Matches where any of the fields contains `term`, regardless of case."""
    return {"$or": [{field: containing(term)} for field in fields]} if term else {}
