"""Collections `rocketchat_export_operations` and `rocketchat_user_data_files`.

`_contrail` on an operation: `until` when someone works on it; `tries`, how often that was begun.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import OWN, VISIBLE, collection

PENDING, COMPLETED, FAILED = "pending", "completed", "failed"
UNTIL, TRIES = f"{OWN}.until", f"{OWN}.tries"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Exports:
    def __init__(self, database: Database[Document]) -> None:
        self.operations: Collection[Document] = collection(database, "rocketchat_export_operations")
        self.files: Collection[Document] = collection(database, "rocketchat_user_data_files")

    def request(self, operation: Document) -> None:
        """One that is `PENDING`."""
        self.operations.insert_one({**operation, OWN: {"until": NEVER, "tries": 0}})

    def last(self, uid: str, *, full: bool) -> Document | None:
        """The newest that someone asked for of their own data, of this kind."""
        match = {"userId": uid, "fullExport": full, "rid": {"$exists": False}}
        return self.operations.find_one(match, VISIBLE, sort=[("createdAt", -1)])

    def waiting(self) -> int:
        return self.operations.count_documents({"status": PENDING})

    def take(self, now: datetime, until: datetime, most: int) -> Document | None:
        """One to work on `until` then, unless it was begun so often; None when there is none."""
        return self.operations.find_one_and_update(
            {"status": PENDING, UNTIL: {"$lt": now}, TRIES: {"$lt": most}},
            {"$set": {UNTIL: until}, "$inc": {TRIES: 1}},
            return_document=ReturnDocument.AFTER,
        )

    def give_up(self, now: datetime, most: int) -> None:
        """Those that failed as often as they may."""
        match = {"status": PENDING, UNTIL: {"$lt": now}, TRIES: {"$gte": most}}
        self.operations.update_many(match, {"$set": {"status": FAILED, "_updatedAt": now}})

    def fail(self, oid: str, now: datetime) -> None:
        self.operations.update_one({"_id": oid}, {"$set": {"status": FAILED, "_updatedAt": now}})

    def complete(self, operation: Document, file: Document) -> None:
        self.files.replace_one({"_id": file["_id"]}, file, upsert=True)
        fields: dict[str, Any] = {"status": COMPLETED, "fileId": file["_id"]}
        fields["_updatedAt"] = file["_updatedAt"]
        self.operations.update_one({"_id": operation["_id"]}, {"$set": fields})

    def file(self, fid: str) -> Document | None:
        return self.files.find_one({"_id": fid})

    def files_of(self, uid: str) -> list[Document]:
        return list(self.files.find({"userId": uid}))

    def older(self, before: datetime, limit: int) -> list[Document]:
        return list(self.files.find({"uploadedAt": {"$lt": before}}).limit(limit))

    def remove(self, fids: list[str]) -> None:
        self.files.delete_many({"_id": {"$in": fids}})
