"""One permission to one role, or from it."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.domain.listening import SEEING, guard_all
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.authorization.permissions import CHANGE, find, may_edit, tell

ADD = "authorization:addPermissionToRole"
REMOVE = "authorization:removeRoleFromPermission"


class Granting(Input):
    permissionId: str
    role: str


def add(caller: Caller, wanted: Granting, at: Instance) -> None:
    """With a setting's permission come those of its group and section."""
    details = {"method": ADD, "action": "Adding_permission"}
    refusal = ChatError("error-action-not-allowed", "Adding permission is not allowed", details)
    missing = ChatError("error-invalid-permission", "Permission does not exist", details)
    permission = _access(caller, wanted, at, refusal, missing)
    if wanted.role not in at.store.roles.ids():
        raise ChatError("error-invalid-role", "Invalid role", {"method": ADD})
    now = at.now()
    rows = [permission, *(_around(permission, key) for key in _wider(permission))]
    at.store.versions.raise_with(
        "permissions",
        lambda session: at.store.permissions.add_role(rows, wanted.role, now, session),
    )
    tell(at, caller, [row["_id"] for row in rows])


def remove(caller: Caller, wanted: Granting, at: Instance) -> None:
    """A group's and a section's permission go with the last of their settings'."""
    details = {"method": REMOVE, "action": "Removing_permission"}
    refusal = ChatError("error-action-not-allowed", "Removing permission is not allowed", details)
    missing = ChatError("error-permission-not-found", "Permission not found", {"method": REMOVE})
    permission = _access(caller, wanted, at, refusal, missing)
    now = at.now()
    ids = [permission["_id"], *_emptied(at, permission, wanted.role)]
    at.store.versions.raise_with(
        "permissions",
        lambda session: at.store.permissions.remove_role(ids, wanted.role, now, session),
    )
    if SEEING & set(ids):
        guard_all(at)
    tell(at, caller, ids)


def _access(
    caller: Caller, wanted: Granting, at: Instance, refusal: ChatError, missing: ChatError
) -> Document:
    if not at.allows(caller, "access-permissions"):
        raise refusal
    permission = find(at, [wanted.permissionId]).get(wanted.permissionId)
    if permission is None:
        raise missing
    if not may_edit(at, caller, [permission]):
        raise refusal
    return permission


def _wider(permission: Document) -> list[str]:
    keys = (permission.get(f"{name}PermissionId") for name in ("group", "section"))
    return list(dict.fromkeys(key for key in keys if key))


def _around(permission: Document, key: str) -> Document:
    """The permission of a whole group or section, as it is stored first."""
    named = key.removeprefix(CHANGE)
    return {"_id": key, "level": permission["level"], "settingId": named, "roles": []}


def _emptied(at: Instance, permission: Document, role: str) -> list[str]:
    held = [
        row
        for row in at.store.permissions.all()
        if role in row["roles"] and row["_id"] != permission["_id"]
    ]
    kept = {key for row in held for key in _wider(row)}
    return [key for key in _wider(permission) if key not in kept]
