"""Off-the-record talk of two: what they say is handed on and stored nowhere."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain import deleting_messages
from contrail.domain.access import Standing, access_room, readable
from contrail.domain.instance import Instance
from contrail.domain.messages import write_system
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import StreamWritten
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, When
from contrail.shapes.rows import Document

OFF_THE_RECORD = ("otr", "otr-ack")
SAYINGS = (
    "user_joined_otr",
    "user_requested_otr_key_refresh",
    "user_key_refreshed_successfully",
)
MANY = 100
STREAM = "stream-room-messages"
NO_ROOM = ("error-invalid-params", 'The required "roomId" query param is missing.')
NO_TYPE = ("error-invalid-params", 'The required "type" query param is missing.')
INVALID_ROOM = ("error-invalid-room", "Invalid room")


class Saying(Input):
    documented = {"roomId": NO_ROOM, "type": NO_TYPE}
    roomId: str
    type: str


class SayingMethod(Input):
    rid: str
    user: str
    id: str


class WhichRoom(Input):
    rid: str


class Said(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    id: str = Field(alias="_id")
    rid: str
    msg: str
    t: str
    ts: When
    u: dict[str, Any]


class Acknowledged(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    message: Said
    ack: str


class Acknowledge(Input):
    given: Acknowledged


def off_the_record(at: Instance, caller: Caller, fields: Document, standing: Standing) -> Document:
    """Hand a message on to who is listening; what was handed on."""
    room = standing.room
    if room["t"] != "d" or standing.message is not None or not at.setting("OTR_Enable"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": "sendMessage"})
    now, rid = at.now(), room["_id"]
    message = {"_id": random_id(), "rid": rid, "msg": "", **fields}
    message |= {"u": caller.short, "ts": now, "_updatedAt": now}
    _write(at, caller, room, [message, caller.short, {"_id": rid}])
    return message


def say(caller: Caller, given: Saying, at: Instance) -> None:
    """A system message about the talk: who joined it, whose keys are new."""
    room = access_room(at, caller, given.roomId, refuse=ChatError(*INVALID_ROOM)).room
    _say(at, caller, room, given.type)


def say_method(caller: Caller, given: SayingMethod, at: Instance) -> None:
    room = access_room(at, caller, given.rid, refuse=ChatError(*INVALID_ROOM)).room
    _say(at, caller, room, given.id)


def _say(at: Instance, caller: Caller, room: Document, kind: str) -> None:
    if room["t"] != "d":
        raise ChatError(*INVALID_ROOM)
    if kind not in SAYINGS:
        raise ChatError("error-invalid-params", "Invalid type")
    write_system(at, caller, room["_id"], kind, caller.username)


def forget(caller: Caller, which: WhichRoom, at: Instance) -> None:
    """Delete what the system said about such talk in a direct room."""
    refused = ChatError("error-not-allowed", "Not allowed", {"method": "deleteOldOTRMessages"})
    standing = access_room(at, caller, which.rid, refuse=refused)
    if standing.subscription is None or standing.room["t"] != "d":
        raise refused
    kinds = {"t": {"$in": [*SAYINGS, *OFF_THE_RECORD]}}
    rows = at.store.message_lists.all({"rid": which.rid}, kinds, [("ts", 1)])
    for start in range(0, len(rows), MANY):
        deleting_messages.remove(at, caller, rows[start : start + MANY], pruned={})


def acknowledge(caller: Caller, what: Acknowledge, at: Instance) -> None:
    """Tell the author that a message was received."""
    said = what.given.message
    refused = ChatError("error-invalid-user", "Invalid user, not in room")
    room = access_room(at, caller, said.rid, refuse=refused, missing=ChatError(*INVALID_ROOM)).room
    if said.t != "otr":
        raise ChatError("error-invalid-message", "Invalid message type")
    uids, uid = room.get("uids") or (), str(said.u.get("_id") or "")
    author = at.store.users.by_id(uid, {"username": 1, "name": 1}) if uid in uids else None
    if author is None or caller.uid not in uids or at.store.messages.by_id(said.id):
        raise refused
    message = {**said.model_dump(by_alias=True), "u": author, "otrAck": what.given.ack}
    _write(at, caller, room, [message])


def _write(at: Instance, caller: Caller, room: Document, args: list[Any]) -> None:
    at.publish(
        StreamWritten(
            room=readable(room),
            stream=STREAM,
            event=room["_id"],
            args=args,
            origin="",
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )
