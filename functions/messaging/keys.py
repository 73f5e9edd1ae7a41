"""End-to-end encryption: keys that clients make, kept and handed on. Nothing here can be read."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain.access import Standing, access_room, readable
from contrail.domain.instance import Instance
from contrail.domain.members import told
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import RoomChanged, StreamWritten
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import AS_LIST, Input, NoInput
from contrail.shapes.rows import Document

LONGEST = 20_000
"""Characters of a key."""
MANY = 100
"""Rooms, and people of one, that a call may be about."""
NAMED = 50
"""Members without a key that one answer names."""


class KeyPair(Input):
    public_key: str = Field(max_length=LONGEST)
    private_key: str = Field(max_length=LONGEST)
    force: bool = False


class Pair(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    public_key: str = Field(max_length=LONGEST)
    private_key: str = Field(max_length=LONGEST)
    force: bool = False


class KeyPairMethod(Input):
    keyPair: Pair


class WhichRoom(Input):
    rid: str


class RoomKeyId(Input):
    rid: str
    keyID: str = Field(max_length=256)


class GroupKey(Input):
    uid: str
    rid: str
    key: str = Field(max_length=LONGEST)


class Waiting(Input):
    roomIds: Annotated[list[str], AS_LIST] = Field(max_length=MANY)


class Suggested(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True, hide_input_in_errors=True)
    id: str = Field(alias="_id")
    key: str = Field(max_length=LONGEST)


class Provided(Input):
    usersSuggestedGroupKeys: dict[str, list[Suggested]] = Field(max_length=MANY)


def own(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """The caller's `public_key` and `private_key`, as far as they were made."""
    keys = at.store.keys.of_user(caller.uid)
    return {name: keys[name] for name in ("public_key", "private_key") if keys.get(name)}


def set_own(caller: Caller, given: KeyPair, at: Instance) -> None:
    _set_own(at, caller, given.public_key, given.private_key, force=given.force)


def set_own_method(caller: Caller, given: KeyPairMethod, at: Instance) -> None:
    pair = given.keyPair
    _set_own(at, caller, pair.public_key, pair.private_key, force=pair.force)


def _set_own(at: Instance, caller: Caller, public: str, private: str, *, force: bool) -> None:
    """With new keys one waits for those of one's encrypted rooms."""
    keys = {"public_key": public, "private_key": private}
    if not at.store.keys.set_of_user(caller.uid, keys, at.now(), force=force):
        details = {"method": "e2e.setUserPublicAndPrivateKeys"}
        raise ChatError("error-keys-already-set", "Keys already set", details)
    rids = [room["_id"] for room in _rooms_without_key(at, caller)]
    if rids:
        at.store.keys.wait(rids, caller.uid, at.now())


def _rooms_without_key(at: Instance, caller: Caller) -> list[Document]:
    mine = at.store.subscriptions.of_user(caller.uid)
    return at.store.keys.encrypted_rooms(row["rid"] for row in mine if "E2EKey" not in row)


def set_room_key_id(caller: Caller, given: RoomKeyId, at: Instance) -> None:
    method = "e2e.setRoomKeyID"
    standing = _enter(at, caller, given.rid, method)
    now = at.now()
    if not at.store.keys.set_room_key_id(given.rid, given.keyID, now):
        code, reason = "error-room-e2e-key-already-exists", "E2E Key ID already exists"
        raise ChatError(code, reason, {"method": method})
    room = {**standing.room, "e2eKeyId": given.keyID, "_updatedAt": now}
    at.publish(
        RoomChanged(
            action="updated",
            room=room_shown(room),
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )


def update_group_key(caller: Caller, given: GroupKey, at: Instance) -> None:
    """One's own key of a room, or one that is suggested to another member."""
    _enter(at, caller, given.rid, "e2e.updateGroupKey")
    if given.uid == caller.uid:
        at.store.keys.set_own(caller.uid, given.rid, given.key, at.now())
    else:
        at.store.keys.suggest(given.rid, {given.uid: given.key}, at.now())
    at.store.keys.stop_waiting(given.rid, [given.uid])
    _tell(at, caller, given.rid, [given.uid])


def without_key(caller: Caller, which: WhichRoom, at: Instance) -> dict[str, Any]:
    """`{users: [{_id, e2e: {public_key}}]}`: members who wait for the room's key."""
    _enter(at, caller, which.rid, "e2e.getUsersOfRoomWithoutKey")
    keys = at.store.keys.public_keys(at.store.keys.without(which.rid))
    named = islice(keys.items(), NAMED)
    return {"users": [{"_id": uid, "e2e": {"public_key": key}} for uid, key in named]}


def accept(caller: Caller, which: WhichRoom, at: Instance) -> None:
    """Take the key that was suggested for one's own."""
    subscription = _suggested(at, caller, which.rid, "e2e.acceptSuggestedGroupKey")
    key = str(subscription["E2ESuggestedKey"])
    at.store.keys.set_own(caller.uid, which.rid, key, at.now())
    at.store.keys.stop_waiting(which.rid, [caller.uid])
    _tell(at, caller, which.rid, [caller.uid])


def reject(caller: Caller, which: WhichRoom, at: Instance) -> None:
    _suggested(at, caller, which.rid, "e2e.rejectSuggestedGroupKey")
    at.store.keys.drop_suggestion(caller.uid, which.rid, at.now())
    at.store.keys.wait([which.rid], caller.uid, at.now())
    _tell(at, caller, which.rid, [caller.uid])


def _suggested(at: Instance, caller: Caller, rid: str, method: str) -> Document:
    subscription = _enter(at, caller, rid, method).subscription
    if not (subscription or {}).get("E2ESuggestedKey"):
        reason = "No suggested key available"
        raise ChatError("error-no-suggested-key-available", reason, {"method": method})
    return subscription or {}


def request(caller: Caller, _: NoInput, at: Instance) -> bool:
    """Ask the members of one's encrypted rooms for the keys one lacks."""
    at.publish(
        *(
            StreamWritten(
                room=readable(room),
                stream="stream-notify-room",
                event=f"{room['_id']}/e2e.keyRequest",
                args=[room["e2eKeyId"]],
                origin="",
                nonce=random_id(),
                correlation_id=caller.correlation_id,
            )
            for room in _rooms_without_key(at, caller)
        )
    )
    return True


def waiting(caller: Caller, which: Waiting, at: Instance) -> dict[str, Any]:
    """`{usersWaitingForE2EKeys: {rid: [{_id, public_key}]}}` of one's rooms among those."""
    if not at.setting("E2E_Enable"):
        return {"usersWaitingForE2EKeys": {}}
    mine = {row["rid"] for row in at.store.subscriptions.of_user(caller.uid)}
    rooms = at.store.keys.encrypted_rooms(mine & set(which.roomIds))
    lists = {room["_id"]: _waiting_in(room) for room in rooms}
    keys = at.store.keys.public_keys({uid for uids in lists.values() for uid in uids})
    found = {
        rid: [{"_id": uid, "public_key": keys[uid]} for uid in uids if uid in keys]
        for rid, uids in lists.items()
    }
    return {"usersWaitingForE2EKeys": {rid: users for rid, users in found.items() if users}}


def _waiting_in(room: Document) -> list[str]:
    return [one["userId"] for one in room.get("usersWaitingForE2EKeys") or ()][:NAMED]


def provide(caller: Caller, given: Provided, at: Instance) -> None:
    """Suggest keys to members of rooms that the caller is in; others are passed over."""
    mine = {row["rid"] for row in at.store.subscriptions.of_user(caller.uid)}
    for rid, suggested in given.usersSuggestedGroupKeys.items():
        if rid not in mine:
            continue
        keys = {one.id: one.key for one in suggested[:MANY]}
        at.store.keys.suggest(rid, keys, at.now())
        at.store.keys.stop_waiting(rid, list(keys))
        _tell(at, caller, rid, list(keys))


def _enter(at: Instance, caller: Caller, rid: str, method: str) -> Standing:
    """As a member: keys of a room are nobody else's."""
    refused = ChatError("error-invalid-room", "Invalid room", {"method": method})
    standing = access_room(at, caller, rid, refuse=refused)
    if standing.subscription is None:
        raise refused
    return standing


def _tell(at: Instance, caller: Caller, rid: str, uids: list[str]) -> None:
    room = at.store.rooms.by_id(rid)
    if room is not None:
        rows = at.store.subscriptions.of_members(rid, uids)
        at.publish(*(told(caller, "updated", row, room) for row in rows))
