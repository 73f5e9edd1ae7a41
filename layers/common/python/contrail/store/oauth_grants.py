"""What people have granted to OAuth apps: authorization codes, access and refresh tokens.

Stored are hashes: `hashed` under our key says so. Tokens that an imported workspace brings along
are stored as they are, and a hash that someone got hold of must not pass for one of those.
"""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import OWN, collection

HASHED = f"{OWN}.hashed"
CODE = f"{OWN}.code"
USED, REPLAYED = f"{OWN}.used", f"{OWN}.replayed"


class OAuthGrants:
    def __init__(self, database: Database[Document]) -> None:
        self.codes: Collection[Document] = collection(database, "rocketchat_oauth_auth_codes")
        self.tokens: Collection[Document] = collection(database, "rocketchat_oauth_access_tokens")
        self.older: Collection[Document] = collection(database, "rocketchat_oauth_refresh_tokens")

    def add_code(self, code: Document) -> None:
        self.codes.insert_one(code)

    def take_code(self, hashed: str, client_id: str) -> Document | None:
        """The code, which nobody gets a second time: it stays, marked, until it expires."""
        match = {"authCode": hashed, "clientId": client_id, USED: {"$exists": False}}
        return self.codes.find_one_and_update(match, {"$set": {USED: True}})

    def replay_code(self, hashed: str) -> None:
        """It came again: what it was exchanged for ends, and so does what is about to be stored."""
        self.codes.update_one({"authCode": hashed, USED: True}, {"$set": {REPLAYED: True}})
        self.tokens.delete_many({CODE: hashed})

    def was_replayed(self, hashed: str) -> bool:
        match = {"authCode": hashed, REPLAYED: True}
        return self.codes.find_one(match, {"_id": 1}) is not None

    def add(self, grant: Document) -> None:
        self.tokens.insert_one(grant)

    def by_access(self, token: str, hashed: str) -> Document | None:
        for one in self.tokens.find({"accessToken": {"$in": [token, hashed]}}).limit(2):
            if _is(one, "accessToken", token, hashed):
                return one
        return None

    def by_refresh(self, token: str, hashed: str) -> Document | None:
        for one in self.tokens.find({"refreshToken": {"$in": [token, hashed]}}).limit(2):
            if _is(one, "refreshToken", token, hashed):
                return one
        return None

    def renew(self, grant: Document, fields: Document) -> bool:
        """Put new tokens in place of those; False when somebody else has."""
        match = {"_id": grant["_id"], "refreshToken": grant["refreshToken"]}
        changed = self.tokens.find_one_and_update(
            match, {"$set": fields}, {"_id": 1}, return_document=ReturnDocument.AFTER
        )
        return changed is not None

    def take_older(self, token: str, client_id: str) -> Document | None:
        """A refresh token from before they were kept with their access token; gone with this."""
        return self.older.find_one_and_delete({"refreshToken": token, "clientId": client_id})

    def revoke(self, grant: Document) -> None:
        self.tokens.delete_one({"_id": grant["_id"]})

    def revoke_all_of(self, client_id: str) -> None:
        for where in (self.codes, self.tokens, self.older):
            where.delete_many({"clientId": client_id})

    def revoke_all_for(self, uid: str) -> None:
        """Everything that this person granted."""
        for where in (self.codes, self.tokens, self.older):
            where.delete_many({"userId": uid})

    def forget_expired(self, now: datetime) -> None:
        """Grants go when they cannot be renewed either."""
        self.codes.delete_many({"expires": {"$lt": now}})
        self.tokens.delete_many({"refreshTokenExpiresAt": {"$lt": now}, "expires": {"$lt": now}})
        self.older.delete_many({"expires": {"$lt": now}})


def _is(grant: Document, field: str, token: str, hashed: str) -> bool:
    ours = bool(grant.get(OWN, {}).get("hashed"))
    return bool(grant.get(field) == (hashed if ours else token))
