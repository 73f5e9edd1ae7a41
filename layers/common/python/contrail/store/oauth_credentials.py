"""Collection `meteor_oauth_pendingCredentials`: what providers said of people about to log in."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import collection


class OAuthCredentials:
    """`key` and `credentialSecret` are hashes."""

    def __init__(self, database: Database[Document]) -> None:
        name = "meteor_oauth_pendingCredentials"
        self.collection: Collection[Document] = collection(database, name)

    def add(self, credential: Document) -> None:
        self.collection.insert_one(credential)

    def find(self, key: str, secret: str, since: datetime) -> Document | None:
        match = {"key": key, "credentialSecret": secret, "createdAt": {"$gt": since}}
        return self.collection.find_one(match)

    def use(self, credential_id: str) -> bool:
        """False for who comes second."""
        return self.collection.delete_one({"_id": credential_id}).deleted_count == 1

    def forget_before(self, before: datetime) -> None:
        self.collection.delete_many({"createdAt": {"$lt": before}})
