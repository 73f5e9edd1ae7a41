"""What a message says of the file that it brings: `file`, `files` and `attachments`."""

from __future__ import annotations

from typing import Any

from contrail.domain import uploads
from contrail.domain.instance import Instance
from contrail.ports.blobs import SMALL
from contrail.shapes.logs import note
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload import naming, records, serving, storing
from functions.upload.storing import Taken

THUMBNAILS = "Message_Attachments_Thumbnails"


def attach(at: Instance, taken: Taken) -> Document:
    """The fields of its message. An image gets a thumbnail besides, which is stored here."""
    file = taken.file
    kind = file["type"]
    given = {
        "title": file["name"],
        "type": "file",
        "description": file.get("description"),
        "title_link": records.address(file),
        "title_link_download": True,
    }
    files = [shown(file)]
    if is_image(file):
        given |= _image(at, taken, files)
    elif kind.startswith(("audio/", "video/")):
        medium = kind.partition("/")[0]
        given |= {
            f"{medium}_url": records.address(file),
            f"{medium}_type": kind,
            f"{medium}_size": file["size"],
        }
    else:
        given |= {"format": _format(file["name"]), "size": file["size"]}
    attachment = {key: value for key, value in given.items() if value is not None}
    return {"file": files[0], "files": files, "attachments": [attachment]}


def is_image(file: Document) -> bool:
    """Whether clients are told to show it: one whose bytes say so, or that nobody has looked at.

    Browsers draw SVG without running what is in it.
    """
    kind = file["type"]
    if not kind.startswith("image/"):
        return False
    return "identify" in file or "svg" in kind or file["size"] > SMALL


def _format(name: str) -> str:
    """What clients write on a file that they cannot show: `PDF`."""
    stem, _, extension = name.rpartition(".")
    return (stem and extension.upper()) or "file"


def shown(file: Document) -> Document:
    identified = file.get("identify") or {}
    return {
        "_id": file["_id"],
        "name": file["name"],
        "type": file["type"],
        "size": file["size"],
        "format": identified.get("format") or "",
    }


def _image(at: Instance, taken: Taken, files: list[Document]) -> Document:
    file, body = taken.file, taken.body
    address = records.address(file)
    given: Document = {"image_url": address, "image_type": file["type"], "image_size": file["size"]}
    if "identify" not in file:
        return given
    given["image_dimensions"] = file["identify"]["size"]
    if body is None:
        found = at.blobs.get(uploads.key_of(file["_id"]))
        if found is None:
            return given
        body = found[1]
    small = _thumbnail(at, file, body, given)
    if small is not None:
        files.append(shown(small))
        given |= {
            "image_url": records.address(small, file["name"]),
            "image_type": small["type"],
            "image_dimensions": small["identify"]["size"],
        }
    return given


def _thumbnail(at: Instance, file: Document, body: bytes, given: Document) -> Document | None:
    """Stored under the id that was set aside for it, however often this is done."""
    from functions.upload import images, opening  # noqa: PLC0415 - Pillow only where there are images

    kind, turn = file["type"], bool(at.setting("FileUpload_RotateImages"))
    try:
        given["image_preview"] = images.preview(body, kind, turn=turn)
        if not at.setting(f"{THUMBNAILS}_Enabled"):
            return None
        most = images.Size(
            at.number(f"{THUMBNAILS}_Width", 480), at.number(f"{THUMBNAILS}_Height", 360)
        )
        made = images.thumbnail(body, kind, most, turn=turn)
    except opening.NoImageError as error:
        note("no thumbnail", file=file["_id"], reason=str(error))
        return None
    return _stored(at, file, made) if made is not None else None


def _stored(at: Instance, file: Document, made: Any) -> Document:
    fid = file[OWN]["thumbnail"]
    name = f"thumb-{serving.short(file['name'])}"
    if not made.type.endswith(naming.extension(name).replace("jpg", "jpeg").lower() or "?"):
        name = f"{name.rpartition('.')[0] or name}.{made.type.partition('/')[2]}"
    size = {"width": made.size.width, "height": made.size.height}
    small = {
        **records.described(
            at, file["userId"], file["rid"], fid, name=name, kind=made.type, size=len(made.body)
        ),
        **records.stored(""),
        "typeGroup": "thumb",
        "originalFileId": file["_id"],
        "identify": {"format": made.type.partition("/")[2], "size": size},
        "expiresAt": file["expiresAt"],
        OWN: {"message": file[OWN]["message"]},
    }
    # Someone else may have got further with the same message.
    at.store.uploads.add(small)
    storing.keep(at, fid, made.body, name=name, kind=made.type)
    return small
