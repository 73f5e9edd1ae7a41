"""Collection `rocketchat_oauth_apps`: programs of others that may ask people for access."""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection


class OAuthApps:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_oauth_apps")

    def all(self) -> list[Document]:
        return list(self.collection.find({}, VISIBLE, batch_size=BATCH))

    def one(self, match: Document) -> Document | None:
        return self.collection.find_one(match, VISIBLE)

    def active(self, client_id: str) -> Document | None:
        return self.one({"clientId": client_id, "active": True})

    def insert(self, app: Document) -> None:
        self.collection.insert_one(app)

    def change(self, app_id: str, fields: Document) -> Document | None:
        """The app after it, None if there is none."""
        return self.collection.find_one_and_update(
            {"_id": app_id},
            {"$set": fields},
            VISIBLE,
            return_document=ReturnDocument.AFTER,
        )

    def remove(self, app_id: str) -> Document | None:
        """The app as it was."""
        return self.collection.find_one_and_delete({"_id": app_id})
