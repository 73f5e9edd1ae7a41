"""Marks on messages of the work that was done about them, and whom a room is translated for."""

from __future__ import annotations

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection
from contrail.store.messages import revision

DONE = f"{OWN}.after"


class Afterwards:
    def __init__(self, database: Database[Document]) -> None:
        self.messages: Collection[Document] = collection(database, "rocketchat_message")
        self.subscriptions = collection(database, "rocketchat_subscription")

    def done(self, message: Document, kind: str, mark: str) -> None:
        """Nothing came of it. `message` has `_contrail`; one that changed since is left alone."""
        match = {"_id": message["_id"], f"{OWN}.rev": revision(message) or {"$exists": False}}
        self.messages.update_one(match, {"$set": {f"{DONE}.{kind}": mark}})

    def languages(self, rid: str, author: str) -> list[str]:
        """Those that members but the author have a room's messages translated to, each once."""
        match = {"rid": rid, "autoTranslate": True}
        fields = {"u._id": 1, "autoTranslateLanguage": 1}
        rows = self.subscriptions.find(match, fields, batch_size=BATCH)
        found = [
            str(row.get("autoTranslateLanguage") or "") for row in rows if row["u"]["_id"] != author
        ]
        return [one for one in dict.fromkeys(found) if one]

    def follow_language(self, uid: str, language: str) -> None:
        """Rooms that are translated for someone are so to the language they have chosen."""
        match = {"u._id": uid, "autoTranslate": True}
        self.subscriptions.update_many(match, {"$set": {"autoTranslateLanguage": language}})
