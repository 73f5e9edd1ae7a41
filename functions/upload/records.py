"""What is known of a file, as Rocket.Chat keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from contrail.domain import uploads
from contrail.domain.instance import Instance
from contrail.domain.mail import site_url
from contrail.ports.blobs import Key
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload import naming

STORE = "AmazonS3:Uploads"
CONFIRMED_WITHIN = timedelta(hours=24)


def new(
    at: Instance, caller: Caller, rid: str, *, name: str, kind: str, size: int, **more: Any
) -> Document:
    """A file that is not confirmed yet. `kind` is its media type."""
    fid = random_id()
    return described(at, caller.uid, rid, fid, name=name, kind=kind, size=size) | {
        "expiresAt": at.now() + CONFIRMED_WITHIN,
        OWN: {"message": random_id(), "thumbnail": random_id()},
        **more,
    }


def described(
    at: Instance, uid: str, rid: str, fid: str, *, name: str, kind: str, size: int
) -> Document:
    """What every file has."""
    path = f"/ufs/{STORE}/{fid}/{quote(name, safe='')}"
    now = at.now()
    return {
        "_id": fid,
        "name": name,
        "size": size,
        "type": kind,
        "rid": rid,
        "userId": uid,
        "store": STORE,
        "AmazonS3": {"path": str(uploads.key_of(fid))},
        "complete": False,
        "uploading": True,
        "progress": 0,
        "extension": naming.extension(name),
        "path": path,
        "url": site_url(at) + path,
        "typeGroup": kind.partition("/")[0],
        "uploadedAt": now,
        "_updatedAt": now,
    }


def stored(etag: str = "") -> Document:
    """The fields that change once the file is in the store; `etag` with its quotes, if known."""
    fields = {"complete": True, "uploading": False, "progress": 1}
    return {**fields, "etag": etag.strip('"')} if etag else fields


def posted(message: Document, now: datetime) -> dict[str, Document]:
    """By id what becomes of the files that a message has brought: they are called as it says."""
    changes: dict[str, Document] = {
        fid: {**stored(), "_updatedAt": now} for fid in uploads.ids_of(message)
    }
    file, attachments = message.get("file") or {}, message.get("attachments") or [{}]
    if file.get("_id") in changes:
        named = {"name": file["name"], "extension": naming.extension(file["name"])}
        said = attachments[0].get("description")
        changes[file["_id"]] |= named | ({"description": said} if said is not None else {})
    return changes


def address(file: Document, name: str = "") -> str:
    """Where clients get it, below the workspace's address."""
    return f"/file-upload/{file['_id']}/{quote(name or file.get('name') or '', safe='')}"


def waiting(file: Document) -> Key:
    """Where a client puts it by itself; confirmed, it is moved to its place."""
    return uploads.key_of(file["_id"], uploads.UNCONFIRMED)
