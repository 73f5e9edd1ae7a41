"""Avatars that other services ask for: their rows have checked who may."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.upload import avatars_keeping
from functions.upload.avatars_setting import NAMED, decoded

ORIGIN = "ldap"


class OfRoom(Input):
    """`uid` is who changes it."""

    rid: str
    dataURI: str
    uid: str


class OfUser(Input):
    uid: str
    picture: bytes
    etag: str


def of_room(caller: Caller, given: OfRoom, at: Instance) -> None:
    room = at.store.rooms.by_id(given.rid)
    user = at.store.users.by_id(given.uid, NAMED)
    if room is None or user is None:
        raise ChatError("error-invalid-room", "Invalid room")
    named = {"uid": given.uid, "username": user.get("username"), "name": user.get("name") or ""}
    changing = caller.model_copy(update=named)
    if given.dataURI:
        avatars_keeping.set_of_room(at, changing, room, decoded(given.dataURI))
    else:
        avatars_keeping.reset_of_room(at, changing, room)


def of_user(caller: Caller, given: OfUser, at: Instance) -> None:
    """Nothing for someone who has gone meanwhile."""
    user = at.store.users.by_id(given.uid, NAMED)
    if user is not None:
        avatars_keeping.set_of_user(at, caller, user, given.picture, ORIGIN, given.etag)
