"""Deleting people, and what becomes of what they wrote."""

from __future__ import annotations

from typing import Literal

from contrail.domain import directs, ownership
from contrail.domain.activation import log_out_everywhere
from contrail.domain.instance import Instance
from contrail.domain.roles import ADMIN, keep_an_admin
from contrail.domain.users import BOT
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import RoomChanged
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserDeleted
from contrail.shapes.rows import Document

ALIAS = "Removed User"
"""Whose name stands on the messages of an unlinked user."""
Erasure = Literal["Delete", "Unlink", "Keep"]


def delete(at: Instance, caller: Caller, user: Document, *, confirm: bool) -> None:
    """Raises for the bot, apps, the last admin, and `user-last-owner` unless `confirm` is given.

    The user document goes last: what a dying process leaves undone, deleting again finishes.
    """
    uid = user["_id"]
    _refuse(at, user)
    rooms = ownership.leavings(at, uid)
    if not confirm:
        ownership.refuse_unconfirmed(at, rooms)
    keep_an_admin(at, uid, lambda session: at.store.users.set(uid, {"active": False}, session))
    log_out_everywhere(at, caller, uid)
    ownership.relinquish(at, caller, rooms)
    erasure = _erasure(at)
    replaced_by = _erase(at, uid, erasure)
    _leave_directs(at, caller, user)
    _leave(at, caller, uid)
    at.store.teams.forget(uid)
    at.store.avatars.forget_user(uid, at.now())
    at.store.users.remove(uid)
    at.publish(
        UserDeleted(
            uid=uid,
            erasure=erasure,
            replaced_by=replaced_by,
            correlation_id=caller.correlation_id,
        )
    )


def _refuse(at: Instance, user: Document) -> None:
    details = {"method": "deleteUser", "action": "Delete_user"}
    if user["_id"] == BOT:
        reason = "Deleting the rocket.cat user is not allowed"
        raise ChatError("error-action-not-allowed", reason, details)
    if user.get("type") == "app":
        reason = "Deleting app user is not allowed"
        raise ChatError("error-cannot-delete-app-user", reason, {"method": "deleteUser"})
    others = [one for one in at.store.users.admins() if one["_id"] != user["_id"]]
    if ADMIN in (user.get("roles") or ()) and not others:
        reason = "Leaving the app without admins is not allowed"
        details = {"method": "deleteUser", "action": "Remove_last_admin"}
        raise ChatError("error-action-not-allowed", reason, details)


def _erasure(at: Instance) -> Erasure:
    chosen = at.setting("Message_ErasureType")
    return chosen if chosen in ("Unlink", "Keep") else "Delete"


def _erase(at: Instance, uid: str, erasure: Erasure) -> Document | None:
    """Who the messages belong to now, where they were given to someone."""
    if erasure == "Delete":
        at.store.copies.remove_messages(uid)
        at.store.uploads.forget_user(uid, at.now())
    if erasure != "Unlink":
        return None
    author = {"_id": BOT, "username": BOT, "name": ALIAS}
    at.store.copies.unlink_messages(uid, author, ALIAS)
    return {"_id": BOT, "username": BOT, "alias": ALIAS}


def _leave_directs(at: Instance, caller: Caller, user: Document) -> None:
    """Rooms of two end; larger ones go on, named after who is left."""
    for rooms in directs.rooms_of(at, user["_id"]):
        smaller = []
        for room in rooms:
            if len(room.get("uids") or ()) <= 2:
                ownership.end(at, caller, room["_id"])
                continue
            at.store.copies.leave_direct(room["_id"], user["_id"], user.get("username"))
            uids = [uid for uid in room["uids"] if uid != user["_id"]]
            smaller.append({**room, "uids": uids})
        directs.name_after_members(at, caller, smaller)


def _leave(at: Instance, caller: Caller, uid: str) -> None:
    """One room after the other: each is counted down as its subscription goes."""
    for row in at.store.subscriptions.of_user(uid):
        if not at.store.copies.unsubscribe(uid, row["rid"]):
            continue
        room = at.store.rooms.change_count(row["rid"], -1, at.now())
        if room is not None:
            fact = RoomChanged(
                action="updated",
                room=room_shown(room),
                nonce=random_id(),
                correlation_id=caller.correlation_id,
            )
            at.publish(fact)
