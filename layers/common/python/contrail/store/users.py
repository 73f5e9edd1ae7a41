"""Collection `users`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection
from contrail.store.patterns import exactly
from contrail.store.versions import CACHED

CALLER_FIELDS = {
    "username": 1,
    "name": 1,
    "type": 1,
    "roles": 1,
    "active": 1,
    "services.resume.loginTokens": 1,
}
TOKENS = "services.resume.loginTokens"
LONGEST = 320
"""Characters of the longest name or address there can be: patterns are bounded by it."""


class Users:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")

    def find_caller(self, match: Document, *, with_caches: bool) -> Document | None:
        """One command: the user, `versions` beside it and, for a cold function, what it caches."""
        pipeline: list[dict[str, Any]] = [
            {"$match": match},
            {"$limit": 1},
            {"$project": CALLER_FIELDS},
            {"$lookup": {"from": "contrail_versions", "pipeline": [], "as": "versions"}},
        ]
        if with_caches:
            pipeline += [
                {"$lookup": {"from": source, "pipeline": [{"$project": fields}], "as": name}}
                for name, (source, fields) in CACHED.items()
            ]
        return next(iter(self.collection.aggregate(pipeline)), None)

    def by_id(self, uid: str, projection: Document | None = None) -> Document | None:
        return self.collection.find_one({"_id": uid}, projection)

    def by_username(self, username: str, projection: Document | None = None) -> Document | None:
        """The exact name first, then regardless of case, as clients expect."""
        return self._by("username", username, projection)

    def by_email(self, address: str, projection: Document | None = None) -> Document | None:
        return self._by("emails.address", address, projection)

    def _by(self, field: str, text: str, projection: Document | None) -> Document | None:
        if len(text) > LONGEST:
            return None
        found = self.collection.find_one({field: text}, projection)
        return found or self.collection.find_one({field: exactly(text)}, projection)

    def by_import_id(self, import_id: str) -> Document | None:
        return self.collection.find_one({"importIds": import_id})

    def by_ids(self, uids: Iterable[str], projection: Document) -> list[Document]:
        match = {"_id": {"$in": list(uids)}}
        return list(self.collection.find(match, projection, batch_size=BATCH))

    def by_usernames(self, usernames: Iterable[str], projection: Document) -> list[Document]:
        match = {"username": {"$in": list(usernames)}}
        return list(self.collection.find(match, projection, batch_size=BATCH))

    def insert(self, user: Document) -> None:
        """Raises `DuplicateKeyError` when the username or an address is taken."""
        self.collection.insert_one(user)

    def add_token(self, uid: str, hashed: str, now: datetime, expired_before: datetime) -> None:
        """Store a login token's hash and forget the expired ones."""
        self.collection.update_one(
            {"_id": uid},
            {"$pull": {TOKENS: {"when": {"$lt": expired_before}, "type": {"$exists": False}}}},
        )
        self.collection.update_one(
            {"_id": uid},
            {
                "$push": {TOKENS: {"hashedToken": hashed, "when": now}},
                "$set": {"lastLogin": now, "_updatedAt": now},
            },
        )

    def remove_token(self, uid: str, hashed: str) -> bool:
        result = self.collection.update_one(
            {"_id": uid}, {"$pull": {TOKENS: {"hashedToken": hashed}}}
        )
        return result.modified_count == 1

    def set_roles(self, uid: str, roles: list[str], now: datetime) -> None:
        self.collection.update_one({"_id": uid}, {"$set": {"roles": roles, "_updatedAt": now}})

    def has_admin(self) -> bool:
        match = {"roles": "admin", "type": "user"}
        return self.collection.find_one(match, {"_id": 1}) is not None
