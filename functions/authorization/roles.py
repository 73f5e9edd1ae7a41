"""Roles themselves."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pymongo.client_session import ClientSession

from contrail.domain.instance import Instance
from contrail.domain.roles import SCOPES
from contrail.domain.sync import changed
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import RoleChanged
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput, When
from contrail.shapes.rows import Document
from functions.authorization.permissions import tell

INVALID = ("error-invalid-role-properties", "The role properties are invalid.")
LOCK = "roles"
"""What those who make or rename roles come one after the other by."""
LONGEST = 256


class UpdatedSince(Input):
    documented = {"updatedSince": (None, "Match error: Missing key 'updatedSince'")}
    updatedSince: When


class NewRole(Input):
    documented = dict.fromkeys(("name", "scope", "description", "mandatory2fa"), INVALID)
    name: str = Field(min_length=1, max_length=LONGEST)
    scope: str = ""
    description: str = Field("", max_length=LONGEST)
    mandatory2fa: bool = False


class ChangedRole(Input):
    documented = {**NewRole.documented, "roleId": INVALID}
    roleId: str
    name: str = Field(min_length=1, max_length=LONGEST)
    scope: str = ""
    description: str | None = Field(None, max_length=LONGEST)
    mandatory2fa: bool | None = None


class WhichRole(Input):
    documented = {"roleId": INVALID}
    roleId: str = Field(min_length=1)


class NamedRole(Input):
    roleId: str


def list_all(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    rows = at.store.roles.all()
    return {"roles": [{k: v for k, v in row.items() if k != "_updatedAt"} for row in rows]}


def sync(caller: Caller, since: UpdatedSince, at: Instance) -> dict[str, Any]:
    update = changed(at.store.roles.all(), since.updatedSince)
    remove = at.store.trash.deleted_after("roles", since.updatedSince)
    return {"roles": {"update": update, "remove": remove}}


def create(caller: Caller, new: NewRole, at: Instance) -> dict[str, Any]:
    _access(caller, at)
    _refuse_community(at)
    scope = _scope(new.scope or SCOPES[0])
    role = {
        "_id": random_id(),
        "name": new.name,
        "scope": scope,
        "description": new.description,
        "protected": False,
        "mandatory2fa": new.mandatory2fa,
        "_updatedAt": at.now(),
    }

    def insert(session: ClientSession) -> None:
        _refuse_taken(at, new.name, "", session)
        at.store.roles.insert(dict(role), session)

    at.store.versions.raise_with(LOCK, insert)
    _tell(at, caller, "inserted", role)
    return {"role": role}


def update(caller: Caller, new: ChangedRole, at: Instance) -> dict[str, Any]:
    """Name and scope of a protected role stay as they are."""
    _access(caller, at)
    _refuse_community(at)
    role = at.store.roles.by_id_or_name(new.roleId)
    if role is None:
        raise ChatError("error-invalid-roleId", "This role does not exist")
    wanted: Document = {"name": new.name, "scope": _scope(new.scope or role["scope"])}
    if role.get("protected") and any(wanted[key] != role[key] for key in wanted):
        raise ChatError("error-role-protected", "Role is protected")
    more = {"description": new.description, "mandatory2fa": new.mandatory2fa}
    wanted |= {key: value for key, value in more.items() if value is not None}
    after: list[Document | None] = []

    def change(session: ClientSession) -> None:
        _refuse_taken(at, new.name, role["_id"], session)
        fields = {**wanted, "_updatedAt": at.now()}
        after[:] = [at.store.roles.change(role["_id"], fields, session)]

    at.store.versions.raise_with(LOCK, change)
    if after[0] is None:
        raise ChatError("error-invalid-roleId", "This role does not exist")
    _tell(at, caller, "updated", after[0])
    return {"role": after[0]}


def delete(caller: Caller, which: WhichRole, at: Instance) -> dict[str, Any]:
    _access(caller, at)
    role = at.store.roles.by_id_or_name(which.roleId)
    if role is None:
        raise ChatError("error-invalid-roleId", "This role does not exist")
    if role.get("protected"):
        raise ChatError("error-role-protected", "Cannot delete a protected role")
    _delete(caller, role, at)
    return {}


def delete_named(caller: Caller, which: NamedRole, at: Instance) -> dict[str, Any]:
    """DDP. The result is what the database says of the deletion."""
    method = {"method": "authorization:deleteRole"}
    _access(caller, at, {**method, "action": "Accessing_permissions"})
    role = at.store.roles.by_id_or_name(which.roleId)
    if role is None:
        raise ChatError("error-invalid-role", "Invalid role", method)
    if role.get("protected"):
        reason = "Cannot delete a protected role"
        raise ChatError("error-delete-protected-role", reason, method)
    _delete(caller, role, at)
    return {"acknowledged": True, "deletedCount": 1}


def _delete(caller: Caller, role: Document, at: Instance) -> None:
    """The role goes from the permissions that it had, too: all of it or nothing."""
    now, had = at.now(), at.store.permissions.with_role(role["_id"])

    def remove(session: ClientSession) -> None:
        if at.store.roles.in_use(role["_id"], session):
            raise ChatError("error-role-in-use", "Cannot delete role because it's in use")
        at.store.permissions.remove_role(had, role["_id"], now, session)
        at.store.trash.put("roles", [role], now, session)
        at.store.roles.remove(role["_id"], session)

    at.store.versions.raise_with("permissions", remove)
    _tell(at, caller, "removed", role)
    tell(at, caller, had)


def _access(caller: Caller, at: Instance, details: Document | None = None) -> None:
    if not at.allows(caller, "access-permissions"):
        reason = "Accessing permissions is not allowed"
        raise ChatError("error-action-not-allowed", reason, details)


def _refuse_community(at: Instance) -> None:
    if at.environment.edition != "enterprise":
        raise ChatError("error-action-not-allowed", "This is an enterprise feature")


def _scope(text: str) -> str:
    if text not in SCOPES:
        raise ChatError("error-invalid-scope", "Invalid scope")
    return text


def _refuse_taken(at: Instance, name: str, own: str, session: ClientSession) -> None:
    """A name is taken by a role's id too: clients name roles by either."""
    other = at.store.roles.by_id_or_name(name, session)
    if other is not None and other["_id"] != own:
        reason = "Role name already exists"
        raise ChatError("error-duplicate-role-names-not-allowed", reason)


def _tell(at: Instance, caller: Caller, action: str, role: Document) -> None:
    fact = {
        "action": action,
        "role": role,
        "nonce": random_id(),
        "correlation_id": caller.correlation_id,
    }
    at.publish(RoleChanged.model_validate(fact))
