"""Uploaded avatars: the blob behind a record of `rocketchat_avatars`."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload.pictures import NEVER_CHANGED, Picture

KIND = "avatars"
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")
GRIDFS = "GridFS:Avatars"


def picture_of(at: Instance, record: Document) -> Picture | None:
    """None when the file is gone, or in a store of another installation."""
    file = record.get(OWN, {}).get("file")
    if file:
        found = at.blobs.get(Key(KIND, file))
        body = found[1] if found else None
    elif record.get("store") == GRIDFS and record.get("type") in SHOWN:
        body = at.store.grid.read("rocketchat_avatars", {"_id": record["_id"]})
    else:
        body = None
    if body is None:
        return None
    modified = record.get("uploadedAt") or NEVER_CHANGED
    return Picture(body, record["type"], modified, str(record.get("etag") or ""))
