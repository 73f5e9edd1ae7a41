"""Collection `rocketchat_custom_user_status`: `{_id, name, statusType}`."""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection


class CustomStatuses:
    def __init__(self, database: Database[Document]) -> None:
        name = "rocketchat_custom_user_status"
        self.collection: Collection[Document] = collection(database, name)

    def all(self) -> list[Document]:
        return list(self.collection.find({}, VISIBLE, batch_size=BATCH))

    def page(
        self, match: Document, sort: list[tuple[str, int]], offset: int, count: int
    ) -> tuple[list[Document], int]:
        """A page, and how many match in all."""
        cursor = self.collection.find(match, VISIBLE, batch_size=BATCH).sort(sort)
        return list(cursor.skip(offset).limit(count)), self.collection.count_documents(match)

    def by_id(self, status_id: str) -> Document | None:
        return self.collection.find_one({"_id": status_id}, VISIBLE)

    def insert(self, status: Document) -> None:
        """Raises `DuplicateKeyError` when the name is taken."""
        self.collection.insert_one(status)

    def change(self, status_id: str, fields: Document) -> Document | None:
        """The status after it. Raises `DuplicateKeyError` when the name is taken."""
        return self.collection.find_one_and_update(
            {"_id": status_id}, {"$set": fields}, VISIBLE, return_document=ReturnDocument.AFTER
        )

    def remove(self, status_id: str) -> Document | None:
        """The status as it was, None when there was none."""
        return self.collection.find_one_and_delete({"_id": status_id}, VISIBLE)
