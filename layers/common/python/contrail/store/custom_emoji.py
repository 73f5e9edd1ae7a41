"""Collection `rocketchat_custom_emoji`: what a workspace has beside the usual ones."""

from __future__ import annotations

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import collection


class CustomEmoji:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_custom_emoji")

    def exists(self, name: str) -> bool:
        """By name or alias."""
        match = {"$or": [{"name": name}, {"aliases": name}]}
        return self.collection.find_one(match, {"_id": 1}) is not None
