"""Putting files into the store: by a client with an address that is signed, or through here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from contrail.domain import uploads
from contrail.domain.instance import Instance
from contrail.ports.blobs import LARGEST, LONGEST, SMALL, Blob, Upload
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload import records, rules, serving
from functions.upload.multipart import Form

if TYPE_CHECKING:
    from functions.upload.images import Facts


OPEN = timedelta(seconds=LONGEST)
"""How long an address to upload to holds."""
TAKING = timedelta(minutes=5)
"""How long a file that is being posted does not expire."""
STRIP = "Message_Attachments_Strip_Exif"


@dataclass(frozen=True, slots=True)
class Announced:
    """What a client says of a file that it is going to upload; `type` is a media type."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is in its place, and its bytes where they are known already."""

    file: Document
    body: bytes | None


def offer(
    at: Instance, caller: Caller, room: Document, file: Announced, content: Document | None
) -> tuple[Document, Upload]:
    """A file to come, and where its bytes may be put for an hour."""
    encrypted = rules.is_encrypted(content)
    kind = serving.UNKNOWN if encrypted else file.type
    rules.check(at, room, size=file.size, kind=kind, encrypted=encrypted)
    if file.size > LARGEST:
        raise ChatError("error-file-too-large", "Files of more than 5 GB cannot be uploaded.")
    if file.size > SMALL and kind.startswith("image/") and at.setting(STRIP):
        reason = "Images of more than 6 MB cannot be uploaded while what they say is taken out."
        raise ChatError("error-file-too-large", reason)
    more: Document = {"content": content} if content else {}
    made = records.new(at, caller, room["_id"], name=file.name, kind=kind, size=file.size, **more)
    made[OWN]["announced"] = file.size
    upload = at.blobs.upload_url(
        records.waiting(made),
        content_type=kind,
        size=file.size,
        expires=LONGEST,
        disposition=serving.disposed(file.name, kind),
    )
    at.store.uploads.insert(made)
    return made, upload


def take_in(at: Instance, file: Document) -> Taken | None:
    """Move what a client has put into the store to its place, for its message.

    However many do so at once, all take one version, and it cannot be replaced any more. None for a
    file that was posted or has gone meanwhile. Raises `invalid-file` for what is not there or is
    not what was announced.
    """
    later = {"expiresAt": max(file["expiresAt"], at.now() + TAKING)}
    if "announced" not in file[OWN]:
        taken = at.store.uploads.take(file["_id"], later, file["etag"], at.now())
        return Taken(taken, None) if taken else None
    blob, raw = _uploaded(at, file)
    body = _stripped(at, raw, file["type"]) if raw is not None else None
    facts = examined(body, file["type"]) if body is not None else None
    size = len(body) if body is not None else blob.size
    etag = blob.etag if body is raw else _md5(body or b"")
    fields = {**later, **records.stored(etag), "size": size, **identified(facts)}
    taken = at.store.uploads.take(file["_id"], fields, blob.etag, at.now())
    if taken is None:
        return None
    if body is not raw and body is not None:
        keep(at, file["_id"], body, name=file["name"], kind=file["type"])
    elif not at.blobs.copy(records.waiting(file), uploads.key_of(file["_id"]), etag=blob.etag):
        raise ChatError("invalid-file", "The file was not uploaded")
    return Taken(taken, body)


def _uploaded(at: Instance, file: Document) -> tuple[Blob, bytes | None]:
    """What a client has put into the store; with its bytes if they are to be looked at."""
    key, raw = records.waiting(file), None
    if file["type"].startswith("image/") and file[OWN]["announced"] <= SMALL:
        found = at.blobs.get(key)
        blob, raw = found or (None, None)
    else:
        blob = at.blobs.head(key)
    if blob is None:
        raise ChatError("invalid-file", "The file was not uploaded")
    if (blob.size, blob.type) != (file[OWN]["announced"], file["type"]):
        raise ChatError("invalid-file", "The file is not the one that was announced")
    return blob, raw


def put(
    at: Instance, caller: Caller, room: Document, form: Form, content: Document | None = None
) -> Taken:
    """Store a file that came through here, which is still to be confirmed.

    An image that is none is kept as bytes that nothing shows.
    """
    encrypted = rules.is_encrypted(content)
    kind = serving.UNKNOWN if encrypted else rules.media_type(form.type) or serving.UNKNOWN
    rules.check(at, room, size=len(form.body), kind=kind, encrypted=encrypted)
    if not form.body:
        raise ChatError("No file uploaded")
    body = _stripped(at, form.body, kind)
    facts = examined(body, kind)
    served = kind if facts or not kind.startswith("image/") or "svg" in kind else serving.UNKNOWN
    more: Document = {"content": content} if content else {}
    made = {
        **records.new(at, caller, room["_id"], name=form.name, kind=kind, size=len(body), **more),
        **records.stored(_md5(body)),
        **identified(facts),
    }
    # Known before it is there: what is never confirmed disappears, also if this ends half-way.
    at.store.uploads.insert(made)
    keep(at, made["_id"], body, name=form.name, kind=served)
    return Taken(made, body)


def keep(at: Instance, fid: str, body: bytes, *, name: str, kind: str) -> None:
    how = serving.disposed(name, kind)
    at.blobs.put(uploads.key_of(fid), body, content_type=kind, disposition=how)


def examined(body: bytes, kind: str) -> Facts | None:
    """None for what is no image that clients may be told to show."""
    if not kind.startswith("image/"):
        return None
    from functions.upload import images, opening  # noqa: PLC0415 - Pillow only where there are images

    try:
        return images.examine(body, kind)
    except opening.NoImageError:
        return None


def identified(facts: Facts | None) -> Document:
    if facts is None:
        return {}
    size = {"width": facts.size.width, "height": facts.size.height}
    return {"identify": {"format": facts.format, "size": size}}


def _md5(body: bytes) -> str:
    """As the store has it."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _stripped(at: Instance, body: bytes, kind: str) -> bytes:
    if not kind.startswith("image/") or not at.setting(STRIP):
        return body
    from functions.upload.stripping import stripped  # noqa: PLC0415

    return stripped(body, kind)
