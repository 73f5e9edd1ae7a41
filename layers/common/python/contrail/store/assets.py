"""Collection `contrail_assets`: `{_id: name of the asset, file, type, extension, at}`.

The settings `Assets_*` say what clients are told of an asset; this says where its file is.
"""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from contrail.shapes.rows import Document
from contrail.store.collections import collection


class Assets:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "contrail_assets")

    def by_name(self, name: str) -> Document | None:
        return self.collection.find_one({"_id": name})

    def put(self, name: str, fields: Document) -> str:
        """The file that was there before; empty for none."""
        change = {key: {"$literal": value} for key, value in fields.items()}
        for last in (False, True):
            after = self.collection.find_one_and_update(
                {"_id": name},
                [{"$set": {"was": "$file", **change}}],
                return_document=ReturnDocument.AFTER,
            )
            if after is not None:
                return str(after["was"])
            try:
                self.collection.insert_one({"_id": name, **fields})
            except DuplicateKeyError:
                # Someone else's first one: by now it is there to be replaced.
                if last:
                    raise
            else:
                break
        return ""

    def take(self, name: str) -> str:
        """Remove it; its file, empty for none."""
        gone = self.collection.find_one_and_delete({"_id": name})
        return str(gone["file"]) if gone else ""
