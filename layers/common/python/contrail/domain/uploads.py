"""Files that belong to messages: where they are, and what becomes of them when messages go.

Deleting a file hides it at once; the upload service deletes its blob a little later, so that no
deletion of a message waits for the storage or fails with it.
"""

from __future__ import annotations

from collections.abc import Iterable

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.rows import Document

KIND, UNCONFIRMED = "uploads", "pending"
"""Of keys: files of messages, and what clients have put into the store by themselves."""


def key_of(fid: str, kind: str = KIND) -> Key:
    """Raises `ValueError` for what is no id of a file."""
    return Key(kind, fid)


def ids_of(message: Document) -> list[str]:
    """The file that a message brought, and its thumbnail."""
    listed = message.get("files") or [message.get("file")]
    return [file["_id"] for file in listed if isinstance(file, dict) and file.get("_id")]


def forget(at: Instance, messages: Iterable[Document]) -> None:
    """Delete what these messages brought; no command where that is nothing."""
    fids = [fid for message in messages for fid in ids_of(message)]
    if fids:
        at.store.uploads.forget(fids, at.now())


def hide(at: Instance, message: Document) -> None:
    """Keep what the message brought, for the copy that is kept of it; no list shows it."""
    fids = ids_of(message)
    if fids:
        at.store.uploads.hide(fids)
