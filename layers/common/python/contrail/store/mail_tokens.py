"""What was sent by mail to prove who reads it, in the collection `users`.

`services.password.reset {hashedToken email when reason}`, `services.email.verificationTokens`
`[{hashedToken address when}]` and `services.emailCode {code expire attempts}`. Workspaces that were
imported hold links as they are, under `token`: those are found too, and no hash is taken for one.
"""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection

RESET, LINKS, CODE = (
    "services.password.reset",
    "services.email.verificationTokens",
    "services.emailCode",
)
MOST = 5
"""Links to one person's addresses that are kept: the oldest go first."""


class MailTokens:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")

    def set_reset(self, uid: str, address: str, hashed: str, now: datetime) -> bool:
        """Put it in place of any before. False when the address is not theirs any more."""
        link = {"hashedToken": hashed, "email": address, "when": now, "reason": "reset"}
        match = {"_id": uid, "emails.address": address}
        return self.collection.update_one(match, {"$set": {RESET: link}}).matched_count == 1

    def by_reset(self, token: str, hashed: str) -> Document | None:
        return self._by(RESET, token, hashed)

    def use_reset(
        self, uid: str, link: Document, fields: Document, place: int | None
    ) -> Document | None:
        """Set the fields and drop every link; the user after it, None when it was used meanwhile.

        The address it went to, at this place of `emails`, is verified with it.
        """
        match: Document = {"_id": uid, **_same(RESET, link)}
        changes = dict(fields)
        if place is not None:
            match[f"emails.{place}.address"] = link["email"]
            changes[f"emails.{place}.verified"] = True
        return self.collection.find_one_and_update(
            match,
            {"$set": changes, "$unset": {RESET: "", LINKS: ""}},
            return_document=ReturnDocument.AFTER,
        )

    def add_verification(self, uid: str, address: str, hashed: str, now: datetime) -> bool:
        """False when the address is not theirs any more."""
        link = {"hashedToken": hashed, "address": address, "when": now}
        match = {"_id": uid, "emails.address": address}
        push = {"$push": {LINKS: {"$each": [link], "$slice": -MOST}}}
        return self.collection.update_one(match, push).matched_count == 1

    def by_verification(self, token: str, hashed: str) -> Document | None:
        return self._by(LINKS, token, hashed)

    def use_verification(
        self, uid: str, link: Document, place: int, now: datetime
    ) -> Document | None:
        """Verify the address at this place and drop every link to it; None when it was used."""
        key = "hashedToken" if "hashedToken" in link else "token"
        match = {
            "_id": uid,
            f"{LINKS}.{key}": link[key],
            f"emails.{place}.address": link["address"],
        }
        update = {
            "$set": {f"emails.{place}.verified": True, "_updatedAt": now},
            "$pull": {LINKS: {"address": link["address"]}},
        }
        return self.collection.find_one_and_update(
            match, update, return_document=ReturnDocument.AFTER
        )

    def set_code(self, uid: str, hashed: str, expire: datetime, attempts: int) -> None:
        """In place of any before; `attempts` is how many guesses are counted at it already."""
        code = {"code": hashed, "expire": expire, "attempts": attempts}
        self.collection.update_one({"_id": uid}, {"$set": {CODE: code}})

    def try_code(self, uid: str, hashed: str, most: int) -> bool:
        """Count one guess at this code; False when there were as many as it takes."""
        match = {"_id": uid, f"{CODE}.code": hashed, f"{CODE}.attempts": {"$lt": most}}
        return (
            self.collection.update_one(match, {"$inc": {f"{CODE}.attempts": 1}}).matched_count == 1
        )

    def use_code(self, uid: str, hashed: str) -> bool:
        """Of two at once one gets True."""
        match = {"_id": uid, f"{CODE}.code": hashed}
        return self.collection.update_one(match, {"$unset": {CODE: ""}}).modified_count == 1

    def set_email_factor(self, uid: str, enabled: bool, now: datetime) -> None:
        factor = {"enabled": enabled, "changedAt": now}
        self.collection.update_one({"_id": uid}, {"$set": {"services.email2fa": factor}})

    def unsubscribe(self, uid: str, created: datetime) -> bool:
        """False for nobody: the moment they registered is what a link is known by."""
        match = {"_id": uid, "createdAt": created}
        update = {"$set": {"mailer.unsubscribed": True}}
        return self.collection.update_one(match, update).matched_count == 1

    def readers(self, match: Document, after: str, count: int) -> list[Document]:
        """The next so many of a mailing, by id: `_id name emails createdAt`."""
        mine = {"_id": {"$gt": after}, "mailer.unsubscribed": {"$exists": False}}
        fields = {"name": 1, "emails": 1, "createdAt": 1}
        found = self.collection.find({"$and": [mine, match]}, fields, batch_size=BATCH)
        return list(found.sort("_id", 1).limit(count))

    def admins(self) -> list[Document]:
        """`name username emails` of everyone with the role `admin`."""
        fields = {"name": 1, "username": 1, "emails": 1}
        match = {"roles": "admin", "active": {"$ne": False}}
        return list(self.collection.find(match, fields, batch_size=BATCH))

    def _by(self, place: str, token: str, hashed: str) -> Document | None:
        """One read each, by an index each: an `$or` of both would scan."""
        found = self.collection.find_one({f"{place}.hashedToken": hashed})
        return found or self.collection.find_one({f"{place}.token": token})


def _same(place: str, link: Document) -> Document:
    key = "hashedToken" if "hashedToken" in link else "token"
    return {f"{place}.{key}": link[key]}
