"""Where the bytes of a file are, as its document says: also of one that came with a workspace.

Rocket.Chat keeps a file under a path in a bucket, on a WebDAV server or in a folder, or in the
database (GridFS). What is not in the database is moved in by copying it below `imported/`.
"""

from __future__ import annotations

from contrail.domain import uploads
from contrail.domain.instance import Instance
from contrail.ports.blobs import PART, AnyKey, Key, Moved
from contrail.ports.bounds import TooLargeError
from contrail.shapes.logs import warn
from contrail.shapes.rows import Document
from contrail.store.grid import LARGEST

IN_DATABASE, IN_FOLDER = "GridFS", "FileSystem"
FILES = "rocketchat_uploads"
AT_ONCE = 256 * 1024 * 1024
"""Bytes of a file that is copied while somebody waits for it."""


def is_in_database(file: Document) -> bool:
    return _store(file) == IN_DATABASE


def place_of(file: Document, kind: str = uploads.KIND) -> AnyKey | None:
    """None for a document that names no place that there could be.

    A file from the database is where one is stored under its id.
    """
    store = _store(file)
    known = file.get(store)
    path = str(known.get("path") or "") if isinstance(known, dict) else ""
    if store == IN_FOLDER:
        extension = file.get("extension")
        path = f"{file['_id']}.{extension}" if extension else file["_id"]
    try:
        own = not path or path == f"{kind}/{file['_id']}"
        return uploads.key_of(file["_id"], kind) if own else Moved(path.lstrip("/"))
    except ValueError:
        return None


def bring(at: Instance, file: Document, **how: str) -> None:
    """Copy a file of the database to its place in the store, unless it is there.

    The one in the database goes when the file is deleted.
    """
    place = place_of(file)
    if not isinstance(place, Key) or at.blobs.head(place) is not None:
        return
    entry = at.store.grid.find(FILES, {"_id": file["_id"]})
    if entry is None or entry["length"] > AT_ONCE:
        return
    try:
        at.blobs.put_parts(place, at.store.grid.parts(FILES, entry, PART), **how)
    except ValueError as error:
        warn("file not moved", file=file["_id"], reason=str(error))


def kept_in(at: Instance, folder: str, name: str) -> bytes | None:
    """A file of a folder that was copied to `imported/<folder>`, if it is there."""
    try:
        return body_at(at, Moved(f"{folder}/{name}"))
    except ValueError:
        return None


def body_at(at: Instance, place: AnyKey) -> bytes | None:
    """None when it is missing, or larger than what passes through a function."""
    try:
        found = at.blobs.get(place, most=LARGEST)
    except TooLargeError:
        return None
    return found[1] if found else None


def _store(file: Document) -> str:
    """`AmazonS3:Uploads` -> `AmazonS3`."""
    return str(file.get("store") or "").partition(":")[0]
