"""Giving roles and taking them away, so that it holds at once and someone stays admin."""

from __future__ import annotations

from collections.abc import Callable

from pymongo.client_session import ClientSession

from contrail.domain.instance import Instance
from contrail.domain.listening import end_refused
from contrail.domain.members import tell
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import UserRoleChanged
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserChanged
from contrail.shapes.rows import Document

ADMIN = "admin"
IN_ROOMS = "Subscriptions"
"""The scope of roles that count in one room each; the others' is `Users`."""
SCOPES = ("Users", IN_ROOMS)


def holds(at: Instance, user: Document, role: Document, rid: str) -> bool:
    """Whether the user has the role: in the room, if it is one of rooms."""
    if role.get("scope") != IN_ROOMS:
        return role["_id"] in (user.get("roles") or ())
    row = at.store.subscriptions.one(user["_id"], rid) if rid else None
    return row is not None and role["_id"] in (row.get("roles") or ())


def give(at: Instance, caller: Caller, user: Document, role: Document, rid: str) -> bool:
    """False when the user has the role already. `user` has `_id username roles`.

    Raises `error-invalid-user` when the role counts in rooms and the user is not in this one.
    """
    uid, now = user["_id"], at.now()
    if role.get("scope") != IN_ROOMS:
        changed = at.store.roles.give(uid, role["_id"], now)
        roles = [*(user.get("roles") or ()), role["_id"]]
    else:
        before = at.store.roles.give_in_room(uid, rid, role["_id"], now) if rid else None
        if before is None:
            raise ChatError("error-invalid-user", "User is not part of given room")
        roles = list(before.get("roles") or ())
        changed = role["_id"] not in roles
        roles = [*roles, role["_id"]]
        if changed:
            _tell_room(at, caller, {**before, "roles": roles, "_updatedAt": now})
    if changed:
        _tell(at, caller, "added", user, role, rid, roles)
    return changed


def take(at: Instance, caller: Caller, user: Document, role: Document, rid: str) -> bool:
    """False when the user does not have the role.

    Before this returns, the user's connections are out of what they may not hear any more.
    Raises `LastAdmin`.
    """
    uid, now = user["_id"], at.now()
    own = list(user.get("roles") or ())
    if role.get("scope") != IN_ROOMS:
        changed, roles = role["_id"] in own, [one for one in own if one != role["_id"]]
        if changed:
            _take_from_user(at, uid, role["_id"])
            end_refused(at, caller, uid, roles)
    else:
        before = at.store.roles.take_in_room(uid, rid, role["_id"], now) if rid else None
        held = list((before or {}).get("roles") or ())
        changed, roles = role["_id"] in held, [one for one in held if one != role["_id"]]
        if changed and before is not None:
            end_refused(at, caller, uid, own)
            _tell_room(at, caller, {**before, "roles": roles, "_updatedAt": now})
    if changed:
        _tell(at, caller, "removed", user, role, rid, roles)
    return changed


class LastAdmin(ChatError):
    """Without this user the workspace would have no admin left."""

    def __init__(self) -> None:
        reason = "Leaving the app without admins is not allowed"
        details = {"method": "removeUserFromRole", "action": "Remove_last_admin"}
        super().__init__("error-action-not-allowed", reason, details)


def keep_an_admin(at: Instance, uid: str, write: Callable[[ClientSession], None]) -> None:
    """Run `write`, which takes `uid` from the admins, unless nobody else is an active one.

    Two who do so at once come one after the other. Raises `LastAdmin`, and nothing is written.
    """

    def checked(session: ClientSession) -> None:
        admins = at.store.roles.admins(session)
        others = [one for one in admins if one["_id"] != uid and one.get("active") is not False]
        if not others and any(one["_id"] == uid for one in admins):
            raise LastAdmin
        write(session)

    at.store.versions.raise_with("admins", checked)


def _take_from_user(at: Instance, uid: str, role_id: str) -> None:
    if role_id == ADMIN:
        keep_an_admin(at, uid, lambda session: at.store.roles.take(uid, ADMIN, at.now(), session))
    else:
        at.store.roles.take(uid, role_id, at.now())


def _tell(
    at: Instance,
    caller: Caller,
    action: str,
    user: Document,
    role: Document,
    rid: str,
    roles: list[str],
) -> None:
    in_room = role.get("scope") == IN_ROOMS
    if not in_room:
        changed = UserChanged(
            uid=user["_id"],
            diff={"roles": roles},
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
        at.publish(changed)
    if at.setting("UI_DisplayRoles"):
        fact = {
            "action": action,
            "role": role["_id"],
            "user": {"_id": user["_id"], "username": user.get("username")},
            "scope": rid if in_room else None,
            "nonce": random_id(),
            "correlation_id": caller.correlation_id,
        }
        at.publish(UserRoleChanged.model_validate(fact))


def _tell_room(at: Instance, caller: Caller, subscription: Document) -> None:
    room = at.store.rooms.by_id(subscription["rid"])
    if room is not None:
        tell(at, caller, "updated", subscription, room)
