"""Putting files into the store: by a client with an address that is signed, or through here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from contrail.domain import uploads
from contrail.domain.instance import Instance
from contrail.ports.blobs import LARGEST, LONGEST, SMALL, Upload
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from functions.upload import records, rules, serving
from functions.upload.multipart import Form

if TYPE_CHECKING:
    from functions.upload.images import Facts


OPEN = timedelta(seconds=LONGEST)
"""How long an address to upload to holds."""
STRIP = "Message_Attachments_Strip_Exif"


@dataclass(frozen=True, slots=True)
class Announced:
    """What a client says of a file that it is going to upload; `type` is a media type."""

    name: str
    type: str
    size: int


def offer(
    at: Instance, caller: Caller, room: Document, file: Announced, content: Document | None
) -> tuple[Document, Upload]:
    """A file to come, and where its bytes may be put for an hour."""
    rules.check(at, room, size=file.size, kind=file.type)
    if file.size > LARGEST:
        raise ChatError("error-file-too-large", "Files of more than 5 GB cannot be uploaded.")
    if file.size > SMALL and file.type.startswith("image/") and at.setting(STRIP):
        reason = "Images of more than 6 MB cannot be uploaded while what they say is taken out."
        raise ChatError("error-file-too-large", reason)
    more: Document = {"content": content} if content else {}
    made = records.new(
        at, caller, room["_id"], name=file.name, kind=file.type, size=file.size, **more
    )
    upload = at.blobs.upload_url(
        records.waiting(made),
        content_type=file.type,
        size=file.size,
        expires=LONGEST,
        disposition=serving.disposed(file.name, file.type),
    )
    at.store.uploads.insert(made)
    return made, upload


def take_in(at: Instance, file: Document) -> Document:
    """Move what a client has put into the store to its place; the file as it is then.

    What was checked cannot be replaced any more. Raises `invalid-file` for what is not there or is
    not what was announced.
    """
    if file.get("complete"):
        return file
    key = uploads.key_of(file["_id"])
    if not at.blobs.copy(records.waiting(file), key):
        raise ChatError("invalid-file", "The file was not uploaded")
    blob = at.blobs.head(key)
    if blob is None or (blob.size, blob.type) != (file["size"], file["type"]):
        at.blobs.delete(key)
        raise ChatError("invalid-file", "The file is not the one that was announced")
    return {**file, **records.stored(blob.etag), **_settled(at, file)}


def _settled(at: Instance, file: Document) -> Document:
    """What the bytes of an image say, once what they should not say is gone."""
    kind = file["type"]
    if not kind.startswith("image/") or file["size"] > SMALL:
        return {}
    found = at.blobs.get(uploads.key_of(file["_id"]))
    if found is None:
        return {}
    body = _stripped(at, found[1], kind)
    if body != found[1]:
        keep(at, file["_id"], body, name=file["name"], kind=kind)
    return {"size": len(body), **identified(examined(body, kind))}


def put(
    at: Instance, caller: Caller, room: Document, form: Form, content: Document | None = None
) -> Document:
    """Store a file that came through here; the file, which is still to be confirmed.

    An image that is none is kept as bytes that nothing shows.
    """
    kind = rules.media_type(form.type) or serving.UNKNOWN
    rules.check(at, room, size=len(form.body), kind=kind)
    if not form.body:
        raise ChatError("No file uploaded")
    body = _stripped(at, form.body, kind)
    facts = examined(body, kind)
    served = kind if facts or not kind.startswith("image/") or "svg" in kind else serving.UNKNOWN
    more: Document = {"content": content} if content else {}
    made = {
        **records.new(at, caller, room["_id"], name=form.name, kind=kind, size=len(body), **more),
        **records.stored(hashlib.md5(body, usedforsecurity=False).hexdigest()),
        **identified(facts),
    }
    # Known before it is there: what is never confirmed disappears, also if this ends half-way.
    at.store.uploads.insert(made)
    keep(at, made["_id"], body, name=form.name, kind=served)
    return made


def keep(at: Instance, fid: str, body: bytes, *, name: str, kind: str) -> None:
    how = serving.disposed(name, kind)
    at.blobs.put(uploads.key_of(fid), body, content_type=kind, disposition=how)


def examined(body: bytes, kind: str) -> Facts | None:
    """None for what is no image that clients may be told to show."""
    if not kind.startswith("image/"):
        return None
    from functions.upload import images  # noqa: PLC0415 - Pillow only where there are images

    try:
        return images.examine(body, kind)
    except images.NoImageError:
        return None


def identified(facts: Facts | None) -> Document:
    if facts is None:
        return {}
    size = {"width": facts.size.width, "height": facts.size.height}
    return {"identify": {"format": facts.format, "size": size}}


def _stripped(at: Instance, body: bytes, kind: str) -> bytes:
    if not kind.startswith("image/") or not at.setting(STRIP):
        return body
    from functions.upload.stripping import stripped  # noqa: PLC0415

    return stripped(body, kind)
