"""Custom sounds: `{_id, name, extension}` and a recording each."""

from __future__ import annotations

import re

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, Listed, NoInput, Visited
from contrail.shapes.picture_facts import SoundChanged
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from contrail.store.collections import OWN, file_of
from contrail.store.patterns import containing
from functions.upload import imported
from functions.upload.emoji import binary
from functions.upload.keeping import drop, keeping, refuse_large
from functions.upload.pictures import FRESH, NEVER_CHANGED, Picture, refused, show

KIND, BUCKET = "sounds", "custom_sounds"
METHOD = "insertOrUpdateSound"
ODD = re.compile(r"[\s,:><&\"'/\\()]")
LONGEST = 128
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg"}


class Sounds(Listed):
    """`name` is a part of a sound's."""

    name: str = ""


class Sound(Input):
    id: str | None = Field(None, alias="_id")
    name: str = ""
    extension: str | None = None


class InsertOrUpdate(Input):
    soundData: Sound


class Upload(Input):
    binaryContent: str | bytes
    contentType: str
    soundData: Sound


class OneSound(Input):
    id: str = Field(alias="_id")


class File(Visited):
    file: str


def list_page(caller: Caller, page: Sounds, at: Instance) -> Document:
    match = {**page.query, **({"name": containing(page.name)} if page.name else {})}
    sort = page.sort or [("name", 1)]
    rows, total = at.store.sounds.page(match, sort, page.offset, page.count)
    return {"sounds": rows, "count": len(rows), "offset": page.offset, "total": total}


def list_all(caller: Caller, _: NoInput, at: Instance) -> list[Document]:
    return at.store.sounds.all()


def insert_or_update(caller: Caller, given: InsertOrUpdate, at: Instance) -> str:
    """The id; the recording of a new one follows in `upload`."""
    data = given.soundData
    _refuse(caller, at)
    name = _checked(data.name)
    try:
        if data.id is None:
            sound = {"_id": random_id(), "name": name, "extension": data.extension or "mp3"}
            at.store.sounds.insert({**sound, "_updatedAt": at.now(), OWN: {"name": name}})
            return str(sound["_id"])
        fields = {"name": name, f"{OWN}.name": name, "_updatedAt": at.now()}
        after = at.store.sounds.change(data.id, fields)
    except DuplicateKeyError:
        reason = "The custom sound name is already in use"
        raise ChatError(
            "Custom_Sound_Error_Name_Already_In_Use", reason, {"method": METHOD}
        ) from None
    if after is None:
        raise _unknown(METHOD)
    _tell(at, caller, "updated", after)
    return data.id


def upload(caller: Caller, given: Upload, at: Instance) -> None:
    """What a recording is, its bytes say."""
    _refuse(caller, at)
    body = binary(given.binaryContent)
    refuse_large(at, body)
    extension = _recognized(body)
    sound = given.soundData.id
    if sound is None or at.store.sounds.by_id(sound) is None:
        raise _unknown("uploadCustomSound")
    kind, now = TYPES[extension], at.now()
    with keeping(at, KIND, body, kind) as file:
        own = {"file": file, "type": kind, "at": now}
        fields = {f"{OWN}.{key}": value for key, value in own.items()}
        fields |= {"extension": extension, "_updatedAt": now}
        after = at.store.sounds.change(sound, fields)
        if after is None:
            raise _unknown("uploadCustomSound")
    drop(at, KIND, str(after[OWN].get("was") or ""))
    _tell(at, caller, "updated", after)


def delete(caller: Caller, which: OneSound, at: Instance) -> bool:
    _refuse(caller, at)
    gone = at.store.sounds.remove(which.id)
    if gone is None:
        raise _unknown("deleteCustomSound")
    drop(at, KIND, file_of(gone))
    _tell(at, caller, "removed", gone)
    return True


def none_named(caller: Caller, _: NoInput, at: Instance) -> Reply:
    """The address without an id."""
    return refused(403, "Forbidden")


def serve(caller: Caller, asked: File, at: Instance) -> Reply:
    sound = at.store.sounds.by_id(asked.file.partition(".")[0])
    found = _stored(at, sound) if sound else None
    return show(asked, found) if found else refused(404, "Not found")


def _stored(at: Instance, sound: Document) -> Picture | None:
    if file_of(sound):
        found, own = at.blobs.get(Key(KIND, file_of(sound))), sound[OWN]
        return Picture(found[1], own["type"], own["at"], headers=FRESH) if found else None
    extension = str(sound.get("extension"))
    named = {"filename": f"{sound['_id']}.{extension}"}
    if extension not in TYPES:
        return None
    entry = at.store.grid.find(BUCKET, named)
    body = at.store.grid.read(BUCKET, named) if entry else None
    if body is None:
        body = imported.kept_in(at, BUCKET, named["filename"])
    if body is None:
        return None
    modified = (entry or {}).get("uploadDate") or NEVER_CHANGED
    return Picture(body, TYPES[extension], modified, headers=FRESH)


def _recognized(body: bytes) -> str:
    """The extension. Raises `invalid-file-type`."""
    if body[:4] == b"RIFF" and body[8:12] == b"WAVE":
        return "wav"
    if body[:4] == b"OggS":
        return "ogg"
    # Frames of MPEG audio begin with eleven bits; tags may stand before the first.
    if body[:3] == b"ID3" or (len(body) > 4 and body[0] == 0xFF and body[1] & 0xE0 == 0xE0):
        return "mp3"
    raise ChatError("invalid-file-type", "Only MP3, WAV and Ogg files are allowed")


def _checked(name: str) -> str:
    name = name.strip().replace(":", "")
    if not name:
        details = {"method": METHOD, "field": "Name"}
        raise ChatError("error-the-field-is-required", "The field Name is required", details)
    if ODD.search(name) or len(name) > LONGEST:
        name = name[:LONGEST]
        details = {"method": METHOD, "input": name, "field": "Name"}
        raise ChatError("error-input-is-not-a-valid-field", f"{name} is not a valid name", details)
    return name


def _refuse(caller: Caller, at: Instance) -> None:
    if not at.allows(caller, "manage-sounds"):
        raise ChatError("not_authorized")


def _unknown(method: str) -> ChatError:
    return ChatError("Custom_Sound_Error_Invalid_Sound", "Invalid sound", {"method": method})


def _tell(at: Instance, caller: Caller, action: str, sound: Document) -> None:
    fact = {
        "action": action,
        "sound": {key: sound[key] for key in ("_id", "name", "extension") if key in sound},
        "nonce": random_id(),
        "correlation_id": caller.correlation_id,
    }
    at.publish(SoundChanged.model_validate(fact))
