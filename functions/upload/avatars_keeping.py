"""Keeping avatars: the blob, the record that names it, the person or room that shows it.

The blob is there before anything names it, and the one before goes once nothing does: whoever asks
meanwhile gets the old picture or the new one.
"""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.domain.roomchanges import change_room
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserChanged
from contrail.shapes.picture_facts import AvatarChanged
from contrail.shapes.rows import Document
from functions.upload.avatars_stored import KIND
from functions.upload.keeping import drop, keeping

SAID = "room_changed_avatar"
USUAL_SIDE, LARGEST_SIDE = 200, 1024


def set_of_user(
    at: Instance, caller: Caller, user: Document, body: bytes, origin: str, etag: str = ""
) -> str:
    """Make the picture in `body` a person's (`_id username`) avatar; its etag.

    `origin` says where it came from (`rest`, `url`, a login service). Raises `NoPictureError`.
    """
    uid = user["_id"]
    whose = {"userId": uid, "name": user.get("username")}
    etag = _keep(at, f"user:{uid}", whose, body, etag)
    at.store.avatars.drop_imported({"userId": uid})
    _note_user(at, caller, user, {"avatarOrigin": origin, "avatarETag": etag})
    return etag


def reset_of_user(at: Instance, caller: Caller, user: Document, origin: str = "") -> None:
    """The letters of the name again."""
    uid = user["_id"]
    drop(at, KIND, at.store.avatars.take(f"user:{uid}"))
    at.store.avatars.drop_imported({"userId": uid})
    _note_user(at, caller, user, {"avatarOrigin": origin} if origin else {})


def set_of_room(at: Instance, caller: Caller, room: Document, body: bytes) -> None:
    """Raises `NoPictureError`, and `error-invalid-room` when the room has gone."""
    rid = room["_id"]
    etag = _keep(at, f"room:{rid}", {"rid": rid, "uid": caller.uid}, body, "")
    at.store.avatars.drop_imported({"rid": rid})
    fields = {"avatarOrigin": "upload", "avatarETag": etag}
    change_room(at, caller, room, fields, said=(SAID, ""))
    _tell(at, caller, of=f"room:{rid}", rid=rid, etag=etag)


def reset_of_room(at: Instance, caller: Caller, room: Document) -> None:
    rid = room["_id"]
    drop(at, KIND, at.store.avatars.take(f"room:{rid}"))
    at.store.avatars.drop_imported({"rid": rid})
    change_room(at, caller, room, {}, unset=("avatarOrigin", "avatarETag"), said=(SAID, ""))
    _tell(at, caller, of=f"room:{rid}", rid=rid)


def _keep(at: Instance, of: str, whose: Document, body: bytes, etag: str) -> str:
    from functions.upload.avatars_pixels import EXTENSIONS, squared  # noqa: PLC0415 - Pillow

    picture, kind = squared(body, _side(at))
    now, etag = at.now(), etag or random_id()
    with keeping(at, KIND, picture, kind) as file:
        record = {
            **whose,
            "store": "AmazonS3:Avatars",
            "type": kind,
            "extension": EXTENSIONS[kind],
            "size": len(picture),
            "etag": etag,
            "complete": True,
            "uploading": False,
            "progress": 1,
            "uploadedAt": now,
            "_updatedAt": now,
        }
        before = at.store.avatars.put(of, record, file)
    drop(at, KIND, before)
    return etag


def _side(at: Instance) -> int | None:
    """None where pictures keep their own size."""
    if at.setting("Accounts_AvatarResize") is not True:
        return None
    return min(max(at.number("Accounts_AvatarSize", USUAL_SIDE), 1), LARGEST_SIDE)


def _note_user(at: Instance, caller: Caller, user: Document, fields: Document) -> None:
    uid, etag = user["_id"], fields.get("avatarETag")
    names = ("avatarOrigin", "avatarETag")
    unset = tuple(name for name in names if name not in fields)
    at.store.users.change(uid, {**fields, "_updatedAt": at.now()}, unset)
    given = {"uid": uid, "diff": fields, "unset": unset, "nonce": random_id()}
    at.publish(UserChanged.model_validate({**given, "correlation_id": caller.correlation_id}))
    _tell(at, caller, of=f"user:{uid}", username=user.get("username"), etag=etag)


def _tell(at: Instance, caller: Caller, **what: str | None) -> None:
    given = {**what, "nonce": random_id(), "correlation_id": caller.correlation_id}
    at.publish(AvatarChanged.model_validate(given))
