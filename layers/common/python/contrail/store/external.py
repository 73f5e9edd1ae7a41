"""Users as login services know them.

`_contrail.external` holds `<service>:<id>` of each and is unique: whoever it is, one account.
Those of an imported workspace have the service's id alone, until they log in.
`_contrail.portrait` names the service whose picture of someone is to become their avatar.
"""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import OWN, collection
from contrail.store.tokens import entries_of
from contrail.store.users import TOKENS

KEYS = f"{OWN}.external"
PORTRAIT = f"{OWN}.portrait"
SEEN = {"username": 1, "services": 1, "emails": 1, "avatarOrigin": 1, PORTRAIT: 1}


class External:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")

    def linked(self, service: str, service_id: str | int, key: str) -> Document | None:
        """Looks through all users for one whom nobody has linked here before."""
        found = self.collection.find_one({KEYS: key})
        return found or self.collection.find_one({f"services.{service}.id": service_id})

    def link(self, uid: str, key: str, fields: Document) -> Document | None:
        """The user after it. Raises `DuplicateKeyError` when somebody else has the key."""
        update: Document = {"$addToSet": {KEYS: key}}
        if fields:
            update["$set"] = fields
        return self.collection.find_one_and_update(
            {"_id": uid}, update, return_document=ReturnDocument.AFTER
        )

    def hand_over(
        self, uid: str, address: str, key: str, services: Document, fields: Document
    ) -> list[str] | None:
        """Put `services` and `key` in place of everything that opened the account before.

        The hashes of its tokens, which went with it; None where it has no such address any more.
        Raises `DuplicateKeyError` when somebody else has the key.
        """
        update = {"$set": {**fields, "services": services, KEYS: [key]}}
        before = self.collection.find_one_and_update(
            {"_id": uid, "emails.address": address},
            update,
            {TOKENS: 1},
            return_document=ReturnDocument.BEFORE,
        )
        return None if before is None else [one["hashedToken"] for one in entries_of(before)]

    def unpictured(self, limit: int) -> list[Document]:
        """People who have a name by now, but not yet the picture of a service."""
        named: Document = {PORTRAIT: {"$gt": ""}, "username": {"$exists": True}}
        return list(self.collection.find(named, SEEN).limit(limit))

    def take_portrait(self, uid: str) -> bool:
        """Whoever gets True is who looks for the picture; nobody does so twice."""
        match: Document = {"_id": uid, PORTRAIT: {"$exists": True}}
        return self.collection.update_one(match, {"$unset": {PORTRAIT: ""}}).modified_count == 1
