"""Collection `rocketchat_custom_emoji`: what a workspace has beside the usual ones.

`_contrail.names` are an emoji's name and aliases: unique among all. `_contrail.file` is the id of
the blob, `type` its media type, `at` when it was uploaded. Imported emoji have none of it.
"""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection


class CustomEmoji:
    kind = "custom_emoji"
    """What the trash calls them."""

    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_custom_emoji")

    def exists(self, name: str) -> bool:
        """By name or alias."""
        match = {"$or": [{"name": name}, {"aliases": name}]}
        return self.collection.find_one(match, {"_id": 1}) is not None

    def any_named(self, names: list[str], but: str) -> bool:
        """Whether an emoji other than `but` has one of the names, or an alias among them."""
        found = [
            row
            for field in ("name", "aliases")
            for row in self.collection.find(
                {field: {"$in": names}}, {"_id": 1}, batch_size=BATCH
            ).limit(len(names) + 1)
        ]
        return any(row["_id"] != but for row in found)

    def matching(self, match: Document) -> list[Document]:
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH))

    def page(
        self, match: Document, sort: list[tuple[str, int]], offset: int, count: int
    ) -> tuple[list[Document], int]:
        """A page, and how many match in all."""
        cursor = self.collection.find(match, VISIBLE, batch_size=BATCH).sort(sort)
        return list(cursor.skip(offset).limit(count)), self.collection.count_documents(match)

    def by_id(self, emoji_id: str) -> Document | None:
        """With `_contrail`."""
        return self.collection.find_one({"_id": emoji_id})

    def by_name(self, name: str) -> Document | None:
        """With `_contrail`."""
        return self.collection.find_one({"name": name})

    def insert(self, emoji: Document) -> None:
        """Raises `DuplicateKeyError` when one of its names is taken."""
        self.collection.insert_one(emoji)

    def change(self, emoji_id: str, fields: Document) -> Document | None:
        """The emoji after it; `_contrail.was` is the file that it had before a new one.

        None when it is gone. Raises `DuplicateKeyError` when one of its names is taken.
        """
        change = {name: {"$literal": value} for name, value in fields.items()}
        return self.collection.find_one_and_update(
            {"_id": emoji_id},
            [{"$set": {f"{OWN}.was": f"${OWN}.file", **change}}],
            return_document=ReturnDocument.AFTER,
        )

    def remove(self, emoji_id: str) -> Document | None:
        """The emoji as it was, with `_contrail`; None when there was none."""
        return self.collection.find_one_and_delete({"_id": emoji_id})
