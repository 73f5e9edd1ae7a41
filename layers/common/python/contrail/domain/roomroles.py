"""Roles that count in one room: owners, moderators and leaders."""

from __future__ import annotations

from dataclasses import dataclass

from pymongo.client_session import ClientSession

from contrail.domain import listening, ownership
from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.domain.system_messages import Saying, say
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import UserRoleChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

ARTICLES = {"owner": "an owner", "moderator": "a moderator", "leader": "a leader"}


@dataclass(frozen=True, slots=True)
class Change:
    """Someone (`_id username name roles`) gets or loses a role in a room. `method` names it."""

    role: str
    method: str
    user: Document


def give(at: Instance, caller: Caller, standing: Standing, change: Change) -> None:
    """Raises `error-not-allowed`, `error-user-not-in-room` and `error-user-already-…`."""
    _refuse(at, caller, standing, change)
    uid, rid = change.user["_id"], standing.room["_id"]
    before = at.store.roles.give_in_room(uid, rid, change.role, at.now())
    if before is None:
        raise _error(change, "error-user-not-in-room", "User is not in this room")
    held = list(before.get("roles") or ())
    if change.role in held:
        code = f"error-user-already-{change.role}"
        raise _error(change, code, f"User is already {ARTICLES[change.role]}")
    row = {**before, "roles": [*held, change.role]}
    _tell(at, caller, standing.room, change, row, "added")


def take(at: Instance, caller: Caller, standing: Standing, change: Change) -> None:
    """Raises `error-not-allowed`, `error-user-not-…`, `error-remove-last-owner`, and what upstream
    has for who is not in the room.
    """
    _refuse(at, caller, standing, change)
    uid, room = change.user["_id"], standing.room
    before = _taken(at, uid, room["_id"], change)
    if before is None and change.role == "leader":
        raise _error(change, "error-user-not-in-room", "User is not in this room")
    if before is None:
        raise _error(change, "error-invalid-room", "Invalid room")
    held = list(before.get("roles") or ())
    if change.role not in held:
        code = f"error-user-not-{change.role}"
        raise _error(change, code, f"User is not {ARTICLES[change.role]}")
    row = {**before, "roles": [one for one in held if one != change.role]}
    listening.end_refused_in_room(at, caller, change.user, room, row)
    _tell(at, caller, room, change, row, "removed")


def _taken(at: Instance, uid: str, rid: str, change: Change) -> Document | None:
    """The subscription as it was before; None when there is none."""
    now, found = at.now(), at.store.subscriptions.one(uid, rid)
    if found is None or change.role not in (found.get("roles") or ()):
        return found
    if change.role != ownership.OWNER:
        return at.store.roles.take_in_room(uid, rid, change.role, now)
    reason = "This is the last owner. Please set a new owner before removing this one."
    before: list[Document | None] = []

    def write(session: ClientSession) -> None:
        before[:] = [at.store.roles.take_in_room(uid, rid, change.role, now, session)]

    last = _error(change, "error-remove-last-owner", reason)
    ownership.keep_an_owner(at, uid, rid, last, write)
    return before[0]


def _refuse(at: Instance, caller: Caller, standing: Standing, change: Change) -> None:
    if not at.allows(caller, f"set-{change.role}", standing.roles):
        raise _error(change, "error-not-allowed", "Not allowed")
    if not change.user.get("username"):
        raise _error(change, "error-invalid-user", "Invalid user")


def _error(change: Change, code: str, reason: str) -> ChatError:
    return ChatError(code, reason, {"method": change.method})


def _tell(
    at: Instance, caller: Caller, room: Document, change: Change, row: Document, action: str
) -> None:
    user, rid = change.user, room["_id"]
    if room.get("teamMain"):
        given = action == "added"
        at.store.teams.change_role(room["teamId"], user["_id"], change.role, given=given)
    tell(at, caller, "updated", {**row, "_updatedAt": at.now()}, room)
    saying = Saying(
        f"subscription-role-{action}", user["username"], caller.short, {"role": change.role}
    )
    say(at, rid, [saying], correlation_id=caller.correlation_id)
    if at.setting("UI_DisplayRoles"):
        shown = {key: user[key] for key in ("_id", "username", "name") if user.get(key)}
        fact = {
            "action": action,
            "role": change.role,
            "user": shown,
            "scope": rid,
            "nonce": random_id(),
            "correlation_id": caller.correlation_id,
        }
        at.publish(UserRoleChanged.model_validate(fact))
