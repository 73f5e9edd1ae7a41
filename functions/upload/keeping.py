"""Blobs that a document names by id: none is left without its document, whatever fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.logs import unexpected
from functions.upload.rules import said


def refuse_large(at: Instance, body: bytes) -> None:
    """Raises `error-file-too-large`."""
    most = at.number("FileUpload_MaxFileSize", -1)
    if -1 < most < len(body):
        raise ChatError("error-file-too-large", f"File exceeds allowed size of {said(most)}.")


@contextmanager
def keeping(at: Instance, kind: str, body: bytes, media_type: str) -> Iterator[str]:
    """Store a blob while the document that names it is written; its id.

    It goes again if that fails.
    """
    key = Key(kind, random_id())
    at.blobs.put(key, body, content_type=media_type)
    try:
        yield key.id
    except Exception:
        _delete(at, key)
        raise


def drop(at: Instance, kind: str, file: str) -> None:
    """Delete the blob that no document names any longer, if there is one."""
    if file:
        _delete(at, Key(kind, file))


def _delete(at: Instance, key: Key) -> None:
    try:
        at.blobs.delete(key)
    except Exception:  # noqa: BLE001 - logged; what was asked for is done without it
        unexpected("a file that nothing names is left over", key=str(key))
