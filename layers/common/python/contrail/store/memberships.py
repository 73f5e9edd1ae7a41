"""Collection `rocketchat_subscription`, as what changes who is in a room writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection

TAKEN = 11_000
"""Code of a write that a unique index refused."""


class Memberships:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_subscription")
        self._rooms = collection(database, "rocketchat_room")
        self._client = database.client

    def add(self, rows: list[Document]) -> list[Document]:
        """One command: store what is new of these subscriptions, and say which of them that is."""
        if not rows:
            return []
        try:
            self.collection.insert_many(rows, ordered=False)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            if any(one["code"] != TAKEN for one in refused):
                raise
            places = {one["index"] for one in refused}
            return [row for place, row in enumerate(rows) if place not in places]
        return rows

    def remove(self, uid: str, rid: str, session: ClientSession | None = None) -> Document | None:
        """The subscription as it was, None when there was none."""
        match = {"rid": rid, "u._id": uid}
        return self.collection.find_one_and_delete(match, VISIBLE, session=session)

    def change_all(self, rid: str, fields: Document, unset: Iterable[str] = ()) -> None:
        """In every subscription of a room."""
        update: Document = {"$set": fields}
        if unset:
            update["$unset"] = dict.fromkeys(unset, "")
        self.collection.update_many({"rid": rid}, update)

    def block(
        self, rid: str, uid: str, blocker: str, now: datetime, *, blocked: bool
    ) -> list[Document]:
        """Mark both subscriptions of a direct room, or take the marks away; both after it."""
        writes = []
        for one, field in ((uid, "blocked"), (blocker, "blocker")):
            change: Document = {"$set": {"_updatedAt": now}}
            if blocked:
                change["$set"][field] = True
            else:
                change["$unset"] = {field: ""}
            writes.append(UpdateOne({"rid": rid, "u._id": one}, change))
        self.collection.bulk_write(writes, ordered=False)
        return list(self.collection.find({"rid": rid}, VISIBLE, batch_size=BATCH))

    def of_room(self, rid: str) -> list[Document]:
        return list(self.collection.find({"rid": rid}, VISIBLE, batch_size=BATCH))

    def members(self, rid: str) -> set[str]:
        """Ids of everyone in the room."""
        rows = self.collection.find({"rid": rid}, {"u._id": 1}, batch_size=BATCH)
        return {row["u"]["_id"] for row in rows}

    def holders(self, rid: str, role: str, session: ClientSession | None = None) -> set[str]:
        """Ids of those who have the role in the room."""
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        steps: list[Document] = [
            {"$match": {"rid": rid}},
            {"$match": {"roles": role}},
            {"$project": {"u._id": 1}},
        ]
        rows = self.collection.aggregate(steps, batchSize=BATCH, session=session)
        return {row["u"]["_id"] for row in rows}

    def one_by_one(self, rid: str, write: Callable[[ClientSession], None]) -> None:
        """Run `write`, all of it or nothing, and never beside another one for the same room."""

        def alone(session: ClientSession) -> None:
            change = {"$inc": {f"{OWN}.owning": 1}}
            self._rooms.update_one({"_id": rid}, change, session=session)
            write(session)

        with self._client.start_session() as session:
            session.with_transaction(alone)
