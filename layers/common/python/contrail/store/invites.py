"""Collection `rocketchat_invites`."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection


class Invites:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_invites")

    def all(self) -> list[Document]:
        return list(self.collection.find({}, VISIBLE, batch_size=BATCH).sort("createdAt", 1))

    def by_id(self, invite_id: str) -> Document | None:
        return self.collection.find_one({"_id": invite_id}, VISIBLE)

    def of(self, uid: str, rid: str) -> list[Document]:
        """What someone made for a room, the oldest first."""
        match = {"rid": rid, "userId": uid}
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH).sort("createdAt", 1))

    def insert(self, invite: Document, key: str) -> None:
        """Raises `DuplicateKeyError` when the id is taken, or another one has the `key`."""
        self.collection.insert_one({**invite, OWN: {"key": key}})

    def retire(self, invite_ids: list[str]) -> None:
        """Others may have the keys of these."""
        if invite_ids:
            match = {"_id": {"$in": invite_ids}}
            self.collection.update_many(match, {"$unset": {OWN: ""}})

    def use(self, invite_id: str, most: int, now: datetime) -> bool:
        """Count one more use; False when there were `most` (0: no end) by then, or it is gone."""
        match: Document = {"_id": invite_id}
        if most > 0:
            match["uses"] = {"$lt": most}
        change = {"$inc": {"uses": 1}, "$set": {"_updatedAt": now}}
        return self.collection.update_one(match, change).modified_count == 1

    def give_back(self, invite_id: str, now: datetime) -> None:
        """Undo a `use` that nobody joined by."""
        change = {"$inc": {"uses": -1}, "$set": {"_updatedAt": now}}
        self.collection.update_one({"_id": invite_id}, change)

    def remove(self, invite_id: str) -> bool:
        """False when there was none."""
        return self.collection.delete_one({"_id": invite_id}).deleted_count == 1
