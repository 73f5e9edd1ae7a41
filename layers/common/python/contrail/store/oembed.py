"""Collection `rocketchat_oembed_cache`: what pages were found to say of themselves, by address."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import collection


class OEmbedCache:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_oembed_cache")

    def find(self, url: str, since: datetime) -> Document | None:
        """What was kept of it since then."""
        row = self.collection.find_one({"_id": url, "updatedAt": {"$gte": since}})
        data = row.get("data") if row else None
        return data if isinstance(data, dict) else None

    def keep(self, url: str, data: Document, now: datetime) -> None:
        """In the place of what was kept before."""
        fields = {"data": data, "updatedAt": now}
        self.collection.update_one({"_id": url}, {"$set": fields}, upsert=True)

    def remove_before(self, moment: datetime) -> int:
        match = {"updatedAt": {"$lt": moment}}
        return self.collection.delete_many(match).deleted_count
