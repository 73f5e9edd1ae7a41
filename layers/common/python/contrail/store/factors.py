"""Second factors in the collection `users`: `services.totp` and what was proven on a device."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import OWN, collection
from contrail.store.users import TOKENS

CHECKED = {
    "username": 1,
    "name": 1,
    "emails": 1,
    "createdAt": 1,
    "services.totp": 1,
    "services.email2fa": 1,
    "services.emailCode": 1,
    "services.password.bcrypt": 1,
    TOKENS: 1,
}
STEPS = f"{OWN}.totpSteps"
REMEMBERED = 64
"""Steps that a code was used in: more than any workspace lets a clock be wrong by."""


class Factors:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "users")

    def of(self, uid: str) -> Document | None:
        """The user in the fields that a second factor is judged by."""
        return self.collection.find_one({"_id": uid}, CHECKED)

    def begin(self, uid: str, secret: str) -> bool:
        """Keep a secret that is still to be proven. False when a factor is enabled already."""
        match = {"_id": uid, "services.totp.enabled": {"$ne": True}}
        fresh = {"services.totp": {"enabled": False, "tempSecret": secret}}
        return self.collection.update_one(match, {"$set": fresh}).matched_count == 1

    def enable(self, uid: str, secret: str, hashed: list[str]) -> bool:
        """Take the proven secret. False when it is not the one that was begun with any more."""
        match = {"_id": uid, "services.totp.tempSecret": secret}
        fresh = {"enabled": True, "secret": secret, "hashedBackup": hashed}
        return (
            self.collection.update_one(match, {"$set": {"services.totp": fresh}}).matched_count == 1
        )

    def disable(self, uid: str) -> bool:
        """False when none is enabled, nor was begun."""
        match = {
            "_id": uid,
            "$or": [
                {"services.totp.enabled": True},
                {"services.totp.tempSecret": {"$exists": True}},
            ],
        }
        update = {"$set": {"services.totp": {"enabled": False}}}
        return self.collection.update_one(match, update).matched_count == 1

    def set_backup_codes(self, uid: str, hashed: list[str]) -> bool:
        match = {"_id": uid, "services.totp.enabled": True}
        update = {"$set": {"services.totp.hashedBackup": hashed}}
        return self.collection.update_one(match, update).matched_count == 1

    def use_backup_code(self, uid: str, hashed: str) -> bool:
        """False for one that is not among those left; of two at once one gets True."""
        match = {"_id": uid, "services.totp.hashedBackup": hashed}
        update = {"$pull": {"services.totp.hashedBackup": hashed}}
        return self.collection.update_one(match, update).modified_count == 1

    def use_step(self, uid: str, step: int) -> bool:
        """False for a step whose code was used before; of two at once one gets True."""
        update = {"$push": {STEPS: {"$each": [step], "$slice": -REMEMBERED}}}
        result = self.collection.update_one({"_id": uid, STEPS: {"$ne": step}}, update)
        return result.modified_count == 1

    def remember(self, uid: str, hashed: str, fingerprint: str, until: datetime) -> None:
        """Of a login token: that its device proved a second factor, and how long that counts."""
        proven = {"twoFactorAuthorizedUntil": until, "twoFactorAuthorizedHash": fingerprint}
        is_it = {"$eq": ["$$token.hashedToken", {"$literal": hashed}]}
        marked = {"$mergeObjects": ["$$token", {"$literal": proven}]}
        tokens = {
            "$map": {
                "input": f"${TOKENS}",
                "as": "token",
                "in": {"$cond": [is_it, marked, "$$token"]},
            }
        }
        match = {"_id": uid, f"{TOKENS}.hashedToken": hashed}
        self.collection.update_one(match, [{"$set": {TOKENS: tokens}}])
