"""Collection `users`, as a directory's entries are matched with it: many at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection

DUPLICATE_KEY = 11_000
FIELDS = {
    **dict.fromkeys(("username", "name", "emails", "type", "roles", "active", "createdAt"), 1),
    **dict.fromkeys(("ldap", "services.ldap", "importIds", "customFields", f"{OWN}.renamed"), 1),
    "settings.preferences": 1,
    "avatarETag": 1,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What of a user is set; `fields` may be dotted."""

    uid: str
    fields: Document


class Linked:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")

    def candidates(
        self, ids: Iterable[str], usernames: Iterable[str], addresses: Iterable[str]
    ) -> list[Document]:
        """Who may be one of these, by the directory's id, by username, by address.

        Four commands, each of which an index covers; a user may be in the answer twice.
        """
        names = list(usernames)
        found: list[Document] = []
        for field, values in (
            ("services.ldap.id", list(ids)),
            ("username", names),
            (f"{OWN}.username", [name.lower() for name in names]),
            ("emails.address", list(addresses)),
        ):
            match = {field: {"$in": values}}
            found += self.collection.find(match, FIELDS, batch_size=BATCH)
        return found

    def everyone(self) -> list[Document]:
        """`_id username roles active services.ldap.id` of all whom the directory knows."""
        fields = dict.fromkeys(("username", "roles", "active", "services.ldap.id"), 1)
        return list(self.collection.find({"ldap": True}, fields, batch_size=BATCH))

    def insert(self, users: list[Document]) -> list[Document]:
        """One command: those that were stored; not those whose name or address is taken."""
        if not users:
            return []
        try:
            self.collection.insert_many(users, ordered=False)
        except BulkWriteError as error:
            refused = _refused(error)
            return [user for place, user in enumerate(users) if place not in refused]
        return users

    def change(self, changes: list[Change]) -> list[Change]:
        """One command: those that were stored; not those whose name or address is taken."""
        if not changes:
            return []
        writes = [UpdateOne({"_id": one.uid}, {"$set": one.fields}) for one in changes]
        try:
            self.collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            refused = _refused(error)
            return [one for place, one in enumerate(changes) if place not in refused]
        return changes


def _refused(error: BulkWriteError) -> set[int]:
    """Places of the writes that a unique index refused; raises for any other reason."""
    failed = error.details["writeErrors"]
    if any(one["code"] != DUPLICATE_KEY for one in failed):
        raise error
    return {one["index"] for one in failed}
