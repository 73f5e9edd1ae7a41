"""From a file to the message that brings it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.domain.messages import send, shown_to
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, Multipart
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload import attaching, multipart, records, rules, storing
from functions.upload.saying import Said, check, fields_of, from_form
from functions.upload.storing import Announced

NAME = 1024


class Media(Multipart):
    """A form with the file, or in JSON what it is that the client will put into the store."""

    rid: str
    name: str = Field("", max_length=NAME)
    type: str = ""
    size: int = Field(0, ge=0)
    content: dict[str, Any] | None = None


class Confirm(Said):
    rid: str
    fileId: str
    fileName: str | None = Field(None, max_length=NAME)


class Upload(Multipart):
    rid: str


class SendFile(Input):
    """Of the method: `file` names one that was uploaded, `store` is ignored."""

    rid: str
    store: Any = None
    file: dict[str, Any] = {}
    msgData: Said | None = None


def media(caller: Caller, given: Media, at: Instance) -> dict[str, Any]:
    """`{file: {_id, url}}`; of what is only announced also `upload`: see docs/uploads.md."""
    standing = access_room(at, caller, given.rid, refuse=Forbidden())
    if given.sent:
        form = multipart.read(given)
        content = from_form(form.fields).content
        file = storing.put(at, caller, standing.room, form, content)
        return {"file": _address(file)}
    if not given.name or not given.size:
        raise ChatError("No file uploaded")
    kind = rules.media_type(given.type)
    if not kind:
        raise ChatError("error-invalid-file-type", "File type is not accepted.")
    announced = Announced(given.name, kind, given.size)
    file, upload = storing.offer(at, caller, standing.room, announced, given.content)
    put = {"method": "PUT", "url": upload.url, "headers": dict(upload.headers)}
    return {"file": _address(file), "upload": {**put, "expiresAt": at.now() + storing.OPEN}}


def confirm(caller: Caller, given: Confirm, at: Instance) -> dict[str, Any]:
    """Post the message; the same answer as often as it is asked for."""
    file = at.store.uploads.by_id(given.fileId)
    message = str(((file or {}).get(OWN) or {}).get("message") or "")
    standing = access_room(at, caller, given.rid, message, refuse=Forbidden())
    if file is None or not message or (file["rid"], file["userId"]) != (given.rid, caller.uid):
        raise ChatError("invalid-file")
    if given.fileName:
        file = {**file, "name": given.fileName, "extension": records.extension(given.fileName)}
    return {"message": _post(at, caller, file, given, standing)}


def upload(caller: Caller, given: Upload, at: Instance) -> dict[str, Any]:
    """Both at once."""
    standing = access_room(at, caller, given.rid, refuse=Forbidden())
    form = multipart.read(given)
    said = from_form(form.fields)
    check(at, caller, said, standing)
    file = storing.put(at, caller, standing.room, form)
    return {"message": _post(at, caller, file, said, standing)}


def send_file(caller: Caller, given: SendFile, at: Instance) -> Document | bool:
    """DDP: false for a room that is closed to the caller."""
    fid = given.file.get("_id")
    if not isinstance(fid, str):
        raise ChatError("error-invalid-file", "Invalid file", {"method": "sendFileMessage"})
    said = (given.msgData or Said()).model_dump(exclude_none=True)
    description = given.file.get("description")
    if isinstance(description, str):
        said["description"] = description
    wanted = Confirm(**said, rid=given.rid, fileId=fid)
    try:
        message: Document = confirm(caller, wanted, at)["message"]
    except Forbidden:
        return False
    except ChatError as error:
        if error.code != "invalid-file":
            raise
        reason, details = "Invalid file", {"method": "sendFileMessage"}
        raise ChatError("error-invalid-file", reason, details) from None
    return message


def _post(at: Instance, caller: Caller, file: Document, said: Said, standing: Standing) -> Document:
    if standing.message is not None:
        return shown_to(at, send(at, caller, {}, standing), caller)
    if "expiresAt" not in file or file["expiresAt"] <= at.now():
        raise ChatError("invalid-file")
    check(at, caller, said, standing)
    if said.description is not None:
        file = {**file, "description": said.description}
    file = storing.take_in(at, file)
    draft = {"_id": file[OWN]["message"], **fields_of(at, said, standing)}
    message = send(at, caller, {**draft, **attaching.attach(at, file)}, standing)
    _complete(at, file, message)
    return shown_to(at, message, caller)


def _complete(at: Instance, file: Document, message: Document) -> None:
    kept = {key: value for key, value in file.items() if key not in ("_id", "expiresAt", OWN)}
    at.store.uploads.complete(file["_id"], {**kept, "_updatedAt": at.now()})
    for small in message["files"][1:]:
        at.store.uploads.complete(small["_id"], {"_updatedAt": at.now()})


def _address(file: Document) -> Document:
    return {"_id": file["_id"], "url": records.address(file)}
