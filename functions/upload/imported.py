"""Where the bytes of a file are, as its document says: also of one that came with a workspace.

Rocket.Chat keeps a file under a path in a bucket, on a WebDAV server or in a folder, or in the
database (GridFS). What is not in the database is moved in by copying it below `imported/`.
"""

from __future__ import annotations

from contrail.domain import uploads
from contrail.ports.blobs import AnyKey, Moved
from contrail.shapes.rows import Document

IN_DATABASE, IN_FOLDER = "GridFS", "FileSystem"


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


def _store(file: Document) -> str:
    """`AmazonS3:Uploads` -> `AmazonS3`."""
    return str(file.get("store") or "").partition(":")[0]
