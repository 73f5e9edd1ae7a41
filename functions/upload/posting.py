"""From a file to the message that brings it."""

from __future__ import annotations

from dataclasses import replace
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
from functions.upload import attaching, multipart, naming, records, rules, storing
from functions.upload.saying import Said, check, fields_of, from_form
from functions.upload.storing import Announced, Taken


class Media(Multipart):
    """A form with the file, or in JSON what it is that the client will put into the store."""

    rid: str
    name: str = Field("", max_length=naming.LONGEST)
    type: str = ""
    size: int = Field(0, ge=0)
    content: dict[str, Any] | None = None


class Confirm(Said):
    rid: str
    fileId: str
    fileName: str | None = Field(None, max_length=naming.LONGEST)


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
        file = storing.put(at, caller, standing.room, form, content).file
        return {"file": _address(file)}
    if not given.name or not given.size:
        raise ChatError("No file uploaded")
    kind = rules.media_type(given.type)
    if not kind:
        raise ChatError("error-invalid-file-type", "File type is not accepted.")
    announced = Announced(naming.clean(given.name), kind, given.size)
    file, upload = storing.offer(at, caller, standing.room, announced, given.content)
    put = {"method": "PUT", "url": upload.url, "headers": dict(upload.headers)}
    return {"file": _address(file), "upload": {**put, "expiresAt": at.now() + storing.OPEN}}


def confirm(caller: Caller, given: Confirm, at: Instance) -> dict[str, Any]:
    """Post the message; the same answer as often as it is asked for, also at once."""
    file = at.store.uploads.by_id(given.fileId)
    mid = str(((file or {}).get(OWN) or {}).get("message") or "")
    standing = access_room(at, caller, given.rid, mid, refuse=Forbidden())
    ours = file is not None and (file["rid"], file["userId"]) == (given.rid, caller.uid)
    if file is None or not mid or not ours or "originalFileId" in file:
        raise ChatError("invalid-file")
    taken = None
    if standing.message is None and "expiresAt" in file and file["expiresAt"] > at.now():
        check(at, caller, given, standing)
        taken = storing.take_in(at, file)
    if taken is None:
        return {"message": _posted(at, caller, mid, standing)}
    if given.fileName:
        name = naming.clean(given.fileName)
        named = {"name": name, "extension": naming.extension(name)}
        taken = replace(taken, file={**taken.file, **named})
    return {"message": _post(at, caller, taken, given, standing)}


def upload(caller: Caller, given: Upload, at: Instance) -> dict[str, Any]:
    """Both at once. What is refused after the file was stored leaves none."""
    standing = access_room(at, caller, given.rid, refuse=Forbidden())
    form = multipart.read(given)
    said = from_form(form.fields)
    check(at, caller, said, standing)
    taken = storing.put(at, caller, standing.room, form)
    try:
        return {"message": _post(at, caller, taken, said, standing)}
    except ChatError:
        fids = (taken.file["_id"], taken.file[OWN]["thumbnail"])
        at.store.uploads.forget(fids, at.now())
        raise


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


def _post(at: Instance, caller: Caller, taken: Taken, said: Said, standing: Standing) -> Document:
    file = taken.file
    if said.description is not None:
        file = {**file, "description": said.description}
    draft = {"_id": file[OWN]["message"], **fields_of(at, said, standing)}
    brought = attaching.attach(at, replace(taken, file=file))
    message = send(at, caller, {**draft, **brought}, standing)
    at.store.uploads.complete(records.posted(message, at.now()))
    return shown_to(at, message, caller)


def _posted(at: Instance, caller: Caller, mid: str, standing: Standing) -> Document:
    """The message of a file that someone else has posted, finished if they could not.

    Raises `invalid-file` where there is none.
    """
    message = standing.message or at.store.messages.by_id(mid)
    if message is None:
        raise ChatError("invalid-file")
    message = send(at, caller, {}, replace(standing, message=message))
    at.store.uploads.complete(records.posted(message, at.now()))
    return shown_to(at, message, caller)


def _address(file: Document) -> Document:
    return {"_id": file["_id"], "url": records.address(file)}
