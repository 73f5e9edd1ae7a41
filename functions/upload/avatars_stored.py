"""Uploaded avatars: the blob behind a record of `rocketchat_avatars`."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload import imported
from functions.upload.pictures import NEVER_CHANGED, Picture

KIND = "avatars"
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


def picture_of(at: Instance, record: Document) -> Picture | None:
    """None when the file is gone, or was not moved here with its record."""
    body = _body(at, record)
    if body is None:
        return None
    modified = record.get("uploadedAt") or NEVER_CHANGED
    return Picture(body, record["type"], modified, str(record.get("etag") or ""))


def _body(at: Instance, record: Document) -> bytes | None:
    file = record.get(OWN, {}).get("file")
    if not file and record.get("type") not in SHOWN:
        return None
    if not file and imported.is_in_database(record):
        return at.store.grid.read("rocketchat_avatars", {"_id": record["_id"]})
    place = Key(KIND, file) if file else imported.place_of(record, KIND)
    return imported.body_at(at, place) if place else None
