"""Collection `rocketchat_custom_sounds`: `{_id, name, extension}`.

`_contrail.file` is the id of the blob, `type` its media type, `at` when it was uploaded. Imported
sounds have none of it.
"""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection


class Sounds:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_custom_sounds")

    def all(self) -> list[Document]:
        return list(self.collection.find({}, VISIBLE, batch_size=BATCH))

    def page(
        self, match: Document, sort: list[tuple[str, int]], offset: int, count: int
    ) -> tuple[list[Document], int]:
        """A page, and how many match in all."""
        cursor = self.collection.find(match, VISIBLE, batch_size=BATCH).sort(sort)
        return list(cursor.skip(offset).limit(count)), self.collection.count_documents(match)

    def by_id(self, sound_id: str) -> Document | None:
        """With `_contrail`."""
        return self.collection.find_one({"_id": sound_id})

    def insert(self, sound: Document) -> None:
        """Raises `DuplicateKeyError` when the name is taken."""
        self.collection.insert_one(sound)

    def change(self, sound_id: str, fields: Document) -> Document | None:
        """The sound after it; `_contrail.was` is the file that it had before a new one.

        None when it is gone. Raises `DuplicateKeyError` when the name is taken.
        """
        change = {name: {"$literal": value} for name, value in fields.items()}
        return self.collection.find_one_and_update(
            {"_id": sound_id},
            [{"$set": {f"{OWN}.was": f"${OWN}.file", **change}}],
            return_document=ReturnDocument.AFTER,
        )

    def remove(self, sound_id: str) -> Document | None:
        """The sound as it was, with `_contrail`; None when there was none."""
        return self.collection.find_one_and_delete({"_id": sound_id})
