"""Collection `users`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, by_id_first, collection
from contrail.store.patterns import exactly
from contrail.store.versions import CACHED

CALLER_FIELDS = {"username": 1, "name": 1, "type": 1, "roles": 1, "active": 1}
LOGIN_FIELDS = {
    **CALLER_FIELDS,
    "emails": 1,
    "services.password.bcrypt": 1,
    "services.ldap.id": 1,
    "services.totp": 1,
    "services.email2fa": 1,
    "services.emailCode": 1,
}
TOKENS = "services.resume.loginTokens"
LONGEST = 320
"""Characters of the longest name or address there can be: patterns are bounded by it."""


def with_token(hashed: str) -> Document:
    """What is read of a caller: of their tokens the one that they came with."""
    is_it = {"$eq": ["$$token.hashedToken", {"$literal": hashed}]}
    theirs = {"$filter": {"input": f"${TOKENS}", "as": "token", "cond": is_it}}
    return {**CALLER_FIELDS, TOKENS: theirs}


class Users:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")

    def find_caller(
        self, match: Document, *, with_caches: bool, projection: Document | None = None
    ) -> Document | None:
        """One command: the user, `versions` beside it and, for a cold function, what it caches."""
        pipeline: list[dict[str, Any]] = [
            *by_id_first(match),
            {"$limit": 1},
            {"$project": projection or CALLER_FIELDS},
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

    def by_names(self, usernames: Iterable[str], projection: Document) -> list[Document]:
        """By username regardless of case; one command, two where a name is written otherwise."""
        wanted = set(usernames)
        found = self.by_usernames(wanted, projection)
        others = wanted - {str(user["username"]) for user in found}
        if others:
            match = {f"{OWN}.username": {"$in": [name.lower() for name in others]}}
            more = self.collection.find(match, projection, batch_size=BATCH)
            found = list({user["_id"]: user for user in [*found, *more]}.values())
        return found

    def everyone(self, projection: Document, *, active_only: bool, limit: int) -> list[Document]:
        """So many of those who have a username."""
        match: Document = {"username": {"$exists": True}}
        if active_only:
            match["active"] = True
        return list(self.collection.find(match, projection, batch_size=BATCH).limit(limit))

    def insert(self, user: Document) -> None:
        """Raises `DuplicateKeyError` when the username or an address is taken."""
        self.collection.insert_one(user)

    def change(
        self, uid: str, fields: Document, unset: Iterable[str] = (), **more: Any
    ) -> Document | None:
        """Set and drop fields; `more` are further conditions. The user after it, None if nobody.

        Raises `DuplicateKeyError` when a username or an address is taken.
        """
        update: Document = {"$set": fields} if fields else {}
        if unset:
            update["$unset"] = dict.fromkeys(unset, "")
        return self.collection.find_one_and_update(
            {"_id": uid, **more}, update, return_document=ReturnDocument.AFTER
        )

    def set(self, uid: str, fields: Document, session: ClientSession) -> None:
        self.collection.update_one({"_id": uid}, {"$set": fields}, session=session)

    def remove(self, uid: str) -> bool:
        return self.collection.delete_one({"_id": uid}).deleted_count == 1

    def admins(self) -> list[Document]:
        """`_id` and `active` of everyone with the role `admin`."""
        return list(self.collection.find({"roles": "admin"}, {"active": 1}, batch_size=BATCH))

    def renamed_before(self, before: datetime) -> list[Document]:
        """Users whose new name may not have reached every copy of it."""
        match = {f"{OWN}.renamed.at": {"$lt": before}}
        return list(self.collection.find(match, batch_size=BATCH))

    def set_roles(self, uid: str, roles: list[str], now: datetime) -> None:
        self.collection.update_one({"_id": uid}, {"$set": {"roles": roles, "_updatedAt": now}})

    def drop_keys(self, uid: str, now: datetime) -> None:
        """The pair of keys for end-to-end encryption."""
        self.collection.update_one(
            {"_id": uid}, {"$unset": {"e2e": 1}, "$set": {"_updatedAt": now}}
        )

    def has_admin(self) -> bool:
        match = {"roles": "admin", "type": "user"}
        return self.collection.find_one(match, {"_id": 1}) is not None
