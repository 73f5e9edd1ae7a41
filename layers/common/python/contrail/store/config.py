"""Collections `rocketchat_settings`, `rocketchat_permissions` and `rocketchat_roles`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection


class Seeded:
    """A collection that starts out with documents of its own."""

    name: str

    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, self.name)

    def insert_missing(self, documents: Iterable[Document]) -> int:
        """Add what is not there yet, in the given order; how many were added."""
        present = {row["_id"] for row in self.collection.find({}, {"_id": 1}, batch_size=BATCH)}
        missing = [InsertOne(d) for d in documents if d["_id"] not in present]
        if missing:
            self.collection.bulk_write(missing, ordered=True)
        return len(missing)


class SettingsStore(Seeded):
    name = "rocketchat_settings"

    def public(self, ids: list[str] | None = None) -> list[Document]:
        match: Document = {"public": True, "hidden": {"$ne": True}}
        if ids is not None:
            match["_id"] = {"$in": ids}
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH))

    def set_values(self, values: Mapping[str, Any], now: datetime) -> None:
        """Write values over what is stored, as the environment overrides them."""
        writes = [
            UpdateOne({"_id": key}, {"$set": {"value": value, "_updatedAt": now}})
            for key, value in values.items()
        ]
        if writes:
            self.collection.bulk_write(writes, ordered=False)


class PermissionsStore(Seeded):
    name = "rocketchat_permissions"

    def all(self) -> list[Document]:
        return list(self.collection.find({}, VISIBLE, batch_size=BATCH))

    def set_roles(
        self, roles: Mapping[str, list[str]], now: datetime, session: ClientSession
    ) -> None:
        writes = [
            UpdateOne({"_id": key}, {"$set": {"roles": value, "_updatedAt": now}})
            for key, value in roles.items()
        ]
        self.collection.bulk_write(writes, ordered=True, session=session)


class RolesStore(Seeded):
    name = "rocketchat_roles"

    def ids(self) -> set[str]:
        return {row["_id"] for row in self.collection.find({}, {"_id": 1}, batch_size=BATCH)}
