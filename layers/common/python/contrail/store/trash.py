"""Collection `rocketchat__trash`: what was deleted, for clients that keep lists in step."""

from __future__ import annotations

from datetime import datetime

from pymongo import ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection


class Trash:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat__trash")

    def put(
        self, kind: str, documents: list[Document], now: datetime, session: ClientSession
    ) -> None:
        """`kind` is the collection's name without its prefix (`roles`)."""
        for document in documents:
            kept = {key: value for key, value in document.items() if key != OWN}
            self.collection.replace_one(
                {"_id": document["_id"]},
                {**kept, "__collection__": kind, "_deletedAt": now},
                upsert=True,
                session=session,
            )

    def keep(self, kind: str, documents: list[Document], now: datetime) -> None:
        """One command for all of them; `put` is for what a transaction deletes."""
        writes = [
            ReplaceOne(
                {"_id": document["_id"]},
                {
                    **{key: value for key, value in document.items() if key != OWN},
                    "__collection__": kind,
                    "_deletedAt": now,
                },
                upsert=True,
            )
            for document in documents
        ]
        if writes:
            self.collection.bulk_write(writes, ordered=False)

    def lost_by(self, uid: str, since: datetime) -> list[Document]:
        """Subscriptions that someone had: `_id rid _deletedAt`."""
        match = {"__collection__": "subscription", "u._id": uid, "_deletedAt": {"$gt": since}}
        fields = {"rid": 1, "_deletedAt": 1}
        return list(self.collection.find(match, fields, batch_size=BATCH))

    def deleted_after(self, kind: str, since: datetime) -> list[Document]:
        """With `_deletedAt`. What was made again since is among them too."""
        match = {"__collection__": kind, "_deletedAt": {"$gt": since}}
        return list(self.collection.find(match, {"__collection__": 0}, batch_size=BATCH))
