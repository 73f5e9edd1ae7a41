"""Direct rooms: making, ending, naming their topic."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from contrail.domain.access import access_room, find_standing
from contrail.domain.directs import create_direct
from contrail.domain.instance import Instance
from contrail.domain.ownership import end
from contrail.shapes.bounded import Text
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.finding import DirectId, WhichDirect, access_direct, no_direct
from functions.rooms.saving import save
from functions.rooms.settings_given import RoomSettings

ONE_OF = (
    "invalid-params",
    "must have required property 'usernames'\n must have required property 'username'\n"
    " must match exactly one schema in oneOf",
)


class NewDirect(Input):
    """`usernames` are separated by commas."""

    documented: ClassVar = {"": ONE_OF}
    username: str = ""
    usernames: str = ""
    excludeSelf: bool = False

    @model_validator(mode="after")
    def names_someone(self) -> NewDirect:
        if bool(self.username) == bool(self.usernames):
            raise ValueError("exactly one of both names people")
        return self


class NewDirectMethod(Input):
    """One name a parameter; more of them make a room of several."""

    first: str
    second: str | None = None
    third: str | None = None
    fourth: str | None = None
    fifth: str | None = None
    sixth: str | None = None
    seventh: str | None = None
    eighth: str | None = None


class Topic(DirectId):
    topic: Text = ""


def create(caller: Caller, new: NewDirect, at: Instance) -> Document:
    names = [new.username] if new.username else [name.strip() for name in new.usernames.split(",")]
    room = create_direct(at, caller, names, exclude_self=new.excludeSelf)
    return _made(room)


def create_method(caller: Caller, new: NewDirectMethod, at: Instance) -> Document:
    """DDP: `{t, rid, _id, usernames}`."""
    names = [name for name in new.model_dump().values() if name]
    return _made(create_direct(at, caller, names))


def _made(room: Document) -> Document:
    """No more: who made a room for others has no business with what they said in it."""
    return {"t": "d", "rid": room["_id"], "_id": room["_id"], "usernames": room["usernames"]}


def delete(caller: Caller, which: WhichDirect, at: Instance) -> None:
    """For those in it and for administrators, with delete-d."""
    rid = which.roomId
    if rid and at.allows(caller, "view-room-administration"):
        standing = find_standing(at, caller, rid)
        room = standing.room if standing else None
    else:
        room = access_direct(at, caller, which).room
    if room is None or room["t"] != "d":
        raise no_direct()
    if not at.allows(caller, "delete-d"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": "eraseRoom"})
    end(at, caller, room["_id"])


def set_topic(caller: Caller, given: Topic, at: Instance) -> dict[str, Any]:
    """`{topic}`; empty takes it away. Asks for edit-room."""
    standing = access_room(at, caller, given.roomId, refuse=Forbidden())
    if standing.room["t"] != "d":
        raise no_direct()
    save(at, caller, standing, RoomSettings(roomTopic=given.topic))
    return {"topic": given.topic}
