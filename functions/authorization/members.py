"""Who has which role."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain import roles
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, Listed, NoInput
from contrail.shapes.rows import Document

ADD, REMOVE = "authorization:addUserToRole", "authorization:removeUserFromRole"
PROPERTIES = "error-invalid-role-properties"
USERNAME = (PROPERTIES, "must have required property 'username'")
INVALID = (PROPERTIES, "The role properties are invalid.")
USER = {"_id": 1, "username": 1, "roles": 1}
SHOWN = dict.fromkeys(
    ("name", "username", "emails", "avatarETag", "createdAt", "_updatedAt", "type", "status"), 1
) | {"active": 1}


class Assignment(Input):
    """`roleName` may be a role's name or its id: it is what clients sent first."""

    documented = {
        "username": USERNAME,
        **dict.fromkeys(("roleId", "roleName", "roomId"), INVALID),
    }
    username: str
    roleId: str = ""
    roleName: str = ""
    roomId: str = ""


class Removal(Input):
    """`scope` is a room's id."""

    documented = dict.fromkeys(("username", "roleId", "roleName", "scope"), INVALID)
    username: str
    roleId: str = ""
    roleName: str = ""
    scope: str = ""


class UserAndRole(Input):
    """`scope` is a room's id."""

    roleId: str
    username: str
    scope: str | None = None


class UsersInRole(Listed):
    role: str = Field("", max_length=256)
    roomId: str = ""


def add(caller: Caller, wanted: Assignment, at: Instance) -> dict[str, Any]:
    _access(at, caller, ADD)
    role = _named(at, wanted.roleId or wanted.roleName)
    if role is None:
        raise ChatError("error-role-not-found", "Role not found")
    user = at.store.users.by_username(wanted.username, USER) if wanted.username else None
    if user is None:
        reason = 'The required "userId" or "username" param provided does not match any users'
        raise ChatError("error-invalid-user", reason)
    if roles.holds(at, user, role, wanted.roomId):
        raise ChatError("error-user-already-in-role", "User already in role")
    _refuse_admin(at, caller, role)
    roles.give(at, caller, user, role, wanted.roomId)
    return {"role": role}


def remove(caller: Caller, wanted: Removal, at: Instance) -> dict[str, Any]:
    if not at.allows(caller, "access-permissions"):
        raise ChatError("error-not-allowed", "Accessing permissions is not allowed")
    role = _named(at, wanted.roleId or wanted.roleName)
    user = at.store.users.by_username(wanted.username, USER) if wanted.username else None
    if user is None:
        raise ChatError("error-invalid-user", "There is no user with this username")
    if role is None:
        raise ChatError("error-invalid-roleId", "This role does not exist")
    if not roles.holds(at, user, role, wanted.scope):
        raise ChatError("error-user-not-in-role", "User is not in this role")
    try:
        roles.take(at, caller, user, role, wanted.scope)
    except roles.LastAdmin:
        reason = "You need to have at least one admin"
        raise ChatError("error-admin-required", reason) from None
    return {"role": role}


def add_named(caller: Caller, wanted: UserAndRole, at: Instance) -> bool:
    """DDP. False when the user has the role already."""
    _access(at, caller, ADD)
    role, user = _both(at, wanted, ADD, "error-user-not-found")
    _refuse_admin(at, caller, role)
    return roles.give(at, caller, user, role, wanted.scope or "")


def remove_named(caller: Caller, wanted: UserAndRole, at: Instance) -> bool:
    """DDP. False when the user does not have the role."""
    _access(at, caller, REMOVE)
    role, user = _both(at, wanted, REMOVE, "error-invalid-user")
    return roles.take(at, caller, user, role, wanted.scope or "")


def users_in_role(caller: Caller, page: UsersInRole, at: Instance) -> dict[str, Any]:
    """A role of rooms without a room: whoever has it in any."""
    if not page.role:
        raise ChatError("error-param-not-provided", 'Query param "role" is required')
    wanted = ["access-permissions", *(["view-other-user-channels"] if page.roomId else [])]
    if not all(at.allows(caller, permission) for permission in wanted):
        raise ChatError("error-not-allowed", "Not allowed")
    role = at.store.roles.by_id_or_name(page.role)
    if role is None:
        raise ChatError("error-invalid-roleId")
    store = at.store.roles
    if role.get("scope") != roles.IN_ROOMS:
        users = store.holders(role["_id"], SHOWN, page.offset, page.count)
        total = store.count_holders(role["_id"])
    else:
        uids = store.holders_in_rooms(role["_id"], page.roomId)
        users = store.people(uids, SHOWN, page.offset, page.count)
        total = len(uids)
    return {"users": users, "count": len(users), "offset": page.offset, "total": total}


def in_public_roles(caller: Caller, _: NoInput, at: Instance) -> list[Document]:
    """`_id`, `username` and `roles` of who has a role that is described: those are shown to all."""
    described = [
        row["_id"]
        for row in at.store.roles.all()
        if row.get("scope") != roles.IN_ROOMS and row.get("description")
    ]
    people = at.store.roles.holders_of_any(described, USER)
    return [{**one, "roles": [r for r in one["roles"] if r in described]} for one in people]


def _named(at: Instance, text: str) -> Document | None:
    if not text:
        raise ChatError(None, PROPERTIES)
    return at.store.roles.by_id_or_name(text)


def _both(
    at: Instance, wanted: UserAndRole, method: str, no_user: str
) -> tuple[Document, Document]:
    details = {"method": method}
    if not wanted.roleId or not wanted.username:
        raise ChatError("error-invalid-arguments", "Invalid arguments", details)
    role = at.store.roles.by_id_or_name(wanted.roleId)
    if role is None:
        raise ChatError("error-invalid-role", "Invalid Role", details)
    user = at.store.users.by_username(wanted.username, USER)
    if user is None:
        raise ChatError(no_user, "User not found", details)
    return role, user


def _access(at: Instance, caller: Caller, method: str) -> None:
    if not at.allows(caller, "access-permissions"):
        details = {"method": method, "action": "Accessing_permissions"}
        reason = "Accessing permissions is not allowed"
        raise ChatError("error-action-not-allowed", reason, details)


def _refuse_admin(at: Instance, caller: Caller, role: Document) -> None:
    if role["_id"] == roles.ADMIN and not at.allows(caller, "assign-admin-role"):
        details = {"method": ADD, "action": "Assign_admin"}
        raise ChatError("error-action-not-allowed", "Assigning admin is not allowed", details)
