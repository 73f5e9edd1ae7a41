"""Files that an imported workspace kept in its database (GridFS). Nothing new is written there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection

LARGEST = 4 * 1024 * 1024
"""Bytes of a file that passes through a function, in base64."""


class Grid:
    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def find(self, bucket: str, match: Document) -> Document | None:
        """The entry (`_id filename length uploadDate contentType metadata`) of a file."""
        return collection(self._database, f"{bucket}.files").find_one(match)

    def read(self, bucket: str, match: Document) -> bytes | None:
        """The whole file; None when it is missing, cut off or too large."""
        entry = self.find(bucket, match)
        if entry is None or entry["length"] > LARGEST:
            return None
        chunks = collection(self._database, f"{bucket}.chunks")
        found = chunks.find({"files_id": entry["_id"]}, batch_size=BATCH)
        body = b"".join(one["data"] for one in sorted(found, key=_place))
        return body if len(body) == entry["length"] else None

    def parts(self, bucket: str, entry: Document, size: int) -> Iterator[bytes]:
        """A file of any size, `size` bytes at a time or a little less.

        Raises `ValueError` at the end of one that is cut off.
        """
        chunks = collection(self._database, f"{bucket}.chunks")
        number, whole, step = 0, 0, max(size // entry["chunkSize"], 1)
        while whole < entry["length"]:
            window = {"$gte": number, "$lt": number + step}
            found = chunks.find({"files_id": entry["_id"], "n": window}, batch_size=BATCH)
            body = b"".join(one["data"] for one in sorted(found, key=_place))
            if not body:
                break
            yield body
            number, whole = number + step, whole + len(body)
        if whole != entry["length"]:
            raise ValueError("a file in the database is cut off")

    def remove(self, bucket: str, ids: Sequence[Any]) -> None:
        """Files and all their parts, by the ids of their entries. Safe to repeat."""
        match: Document = {"files_id": {"$in": list(ids)}}
        collection(self._database, f"{bucket}.chunks").delete_many(match)
        collection(self._database, f"{bucket}.files").delete_many({"_id": {"$in": list(ids)}})


def _place(chunk: Document) -> int:
    return int(chunk["n"])
