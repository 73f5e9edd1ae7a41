"""Collection `rocketchat_avatars`: a record of each avatar that was uploaded.

`_contrail.of` is unique: whose avatar it is, `user:<uid>` or `room:<rid>`. `_contrail.file` is the
id of the blob. Records of an imported workspace have neither. `_contrail.gone` is when a person or
a room went whose file is still there.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection, file_of

GONE = f"{OWN}.gone"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Avatars:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_avatars")

    def of_user(self, uid: str) -> Document | None:
        return self._of({"userId": uid})

    def of_room(self, rid: str) -> Document | None:
        return self._of({"rid": rid})

    def _of(self, match: Document) -> Document | None:
        found = list(self.collection.find(match, batch_size=BATCH))
        return next((one for one in found if OWN in one), found[0] if found else None)

    def put(self, of: str, record: Document, file: str) -> str:
        """Keep `record` in place of the one before it, whose file is returned; empty for none.

        However many do so at once, one record is left, and the file of each other is returned once.
        """
        values = {name: {"$literal": value} for name, value in record.items()}
        # What was there is told by the document after the change: embedded engines read the one
        # before it apart.
        change = {**values, f"{OWN}.was": f"${OWN}.file", f"{OWN}.file": {"$literal": file}}
        new = {"_id": random_id(), **record, OWN: {"of": of, "file": file}}
        for last in (False, True):
            after = self.collection.find_one_and_update(
                {f"{OWN}.of": of}, [{"$set": change}], return_document=ReturnDocument.AFTER
            )
            if after is not None:
                return str(after[OWN]["was"])
            try:
                self.collection.insert_one(dict(new))
            except DuplicateKeyError:
                # Someone else's first one: by now it is there to be replaced.
                if last:
                    raise
            else:
                break
        return ""

    def take(self, of: str) -> str:
        """Remove the record; its file."""
        return file_of(self.collection.find_one_and_delete({f"{OWN}.of": of}))

    def drop_imported(self, match: Document) -> None:
        """Records from before the import: `match` names whose."""
        self.collection.delete_many({**match, OWN: {"$exists": False}})

    def forget_user(self, uid: str, now: datetime) -> None:
        self._forget(f"user:{uid}", {"userId": uid}, now)

    def forget_room(self, rid: str, now: datetime) -> None:
        self._forget(f"room:{rid}", {"rid": rid}, now)

    def _forget(self, of: str, whose: Document, now: datetime) -> None:
        unset = dict.fromkeys((f"{OWN}.of", "userId", "rid", "name"), "")
        self.collection.update_one({f"{OWN}.of": of}, {"$set": {GONE: now}, "$unset": unset})
        self.drop_imported(whose)

    def gone(self, limit: int) -> list[Document]:
        """Records of who went, whose files are still there."""
        return list(self.collection.find({GONE: {"$gt": EPOCH}}).limit(limit))

    def remove(self, ids: list[str]) -> None:
        self.collection.delete_many({"_id": {"$in": ids}})
