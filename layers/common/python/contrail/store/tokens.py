"""Login and personal access tokens in the collection `users`: hashes and dates, never a token."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import collection
from contrail.store.users import TOKENS

PERSONAL = "personalAccessToken"
HASH = f"{TOKENS}.hashedToken"
ALL: Document = {"$ifNull": [f"${TOKENS}", []]}


class Tokens:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")

    def give(
        self,
        uid: str,
        entry: Document,
        *,
        expired_before: datetime,
        most: int,
        more: Document | None = None,
    ) -> Document | None:
        """Store a login token's entry; the user after it, None for nobody.

        Of login tokens the expired ones are forgotten, and the oldest beyond `most`. `more` are
        fields to set in the same step.
        """
        personal = _kept({"$eq": ["$$token.type", PERSONAL]})
        alive = {"$gt": ["$$token.when", {"$literal": expired_before}]}
        logins = _kept({"$and": [{"$ne": ["$$token.type", PERSONAL]}, alive]})
        recent = {"$slice": [logins, -(most - 1)]}
        tokens = {"$concatArrays": [personal, recent, [{"$literal": entry}]]}
        fields = {key: {"$literal": value} for key, value in (more or {}).items()}
        return self.collection.find_one_and_update(
            {"_id": uid},
            [{"$set": {TOKENS: tokens, **fields}}],
            return_document=ReturnDocument.AFTER,
        )

    def remove(self, uid: str, hashed: str) -> bool:
        result = self.collection.update_one(
            {"_id": uid}, {"$pull": {TOKENS: {"hashedToken": hashed}}}
        )
        return result.modified_count == 1

    def remove_others(self, uid: str, hashed: str) -> list[str]:
        """Drop every login token but this one; the hashes that went. Personal ones stay."""
        others = {"hashedToken": {"$ne": hashed}, "type": {"$ne": PERSONAL}}
        before = self._before({"_id": uid}, {"$pull": {TOKENS: others}})
        return [
            one["hashedToken"]
            for one in entries_of(before)
            if one.get("type") != PERSONAL and one["hashedToken"] != hashed
        ]

    def remove_all(self, uid: str) -> list[str] | None:
        """Drop every token, personal ones too; the hashes that went, None for nobody."""
        before = self._before({"_id": uid}, {"$set": {TOKENS: []}})
        return None if before is None else [one["hashedToken"] for one in entries_of(before)]

    def rehash(self, uid: str, known: str, hashed: str) -> None:
        """Put another hash of the same password in place of this one, if it is still there."""
        match = {"_id": uid, "services.password.bcrypt": known}
        self.collection.update_one(match, {"$set": {"services.password.bcrypt": hashed}})

    def of(self, uid: str) -> list[Document]:
        """Entries as stored, hashes included."""
        return entries_of(self.collection.find_one({"_id": uid}, {TOKENS: 1}))

    def add_personal(self, uid: str, entry: Document) -> bool:
        """False when the user has a personal token of that name."""
        match = {"_id": uid, TOKENS: {"$not": {"$elemMatch": _named(entry["name"])}}}
        return self.collection.update_one(match, {"$push": {TOKENS: entry}}).modified_count == 1

    def remove_personal(self, uid: str, name: str) -> Document | None:
        """Drop a personal token; its entry as it was, None when there is none of that name."""
        match = {"_id": uid, TOKENS: {"$elemMatch": _named(name)}}
        before = self._before(match, {"$pull": {TOKENS: _named(name)}})
        found = [one for one in entries_of(before) if _is_named(one, name)]
        return found[0] if found else None

    def renew_personal(self, uid: str, name: str, changes: Document) -> Document | None:
        """Change a personal token in its place; its entry as it was, None when there is none."""
        is_it = {
            "$and": [
                {"$eq": ["$$token.type", PERSONAL]},
                {"$eq": ["$$token.name", {"$literal": name}]},
            ]
        }
        renewed = {"$mergeObjects": ["$$token", {"$literal": changes}]}
        tokens = {
            "$map": {"input": ALL, "as": "token", "in": {"$cond": [is_it, renewed, "$$token"]}}
        }
        match = {"_id": uid, TOKENS: {"$elemMatch": _named(name)}}
        before = self._before(match, [{"$set": {TOKENS: tokens}}])
        found = [one for one in entries_of(before) if _is_named(one, name)]
        return found[0] if found else None

    def _before(self, match: Document, update: Any) -> Document | None:
        return self.collection.find_one_and_update(
            match, update, {TOKENS: 1}, return_document=ReturnDocument.BEFORE
        )


def _kept(condition: Document) -> Document:
    return {"$filter": {"input": ALL, "as": "token", "cond": condition}}


def _named(name: str) -> Document:
    return {"type": PERSONAL, "name": name}


def _is_named(entry: Document, name: str) -> bool:
    return entry.get("type") == PERSONAL and entry.get("name") == name


def entries_of(user: Document | None) -> list[Document]:
    """Of the tokens that a user document holds, as stored."""
    found = (user or {}).get("services", {}).get("resume", {}).get("loginTokens") or []
    return [one for one in found if isinstance(one.get("hashedToken"), str)]
