"""Permissions: which roles may do what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.domain.listening import SEEING, guard_all
from contrail.domain.seeds import permission_order
from contrail.domain.sync import Synced, changed, synced
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import PermissionChanged
from contrail.shapes.inputs import Input, Since, When
from contrail.shapes.rows import Document

INVALID_BODY = ("error-invalid-body-params", "Invalid body params", True)
SETTINGS = "settings"
"""The level of permissions to change one setting."""
CHANGE = "change-setting-"


class UpdatedSince(Input):
    documented = {
        "updatedSince": (
            "error-roomId-param-invalid",
            'The "updatedSince" query parameter must be a valid date.',
        )
    }
    updatedSince: When | None = None


class RolesOfPermission(Input):
    id: str = Field(alias="_id", min_length=1)
    roles: list[str]


class Changes(Input):
    documented = {"permissions": INVALID_BODY, "permissions.": INVALID_BODY}
    permissions: list[RolesOfPermission] = Field(min_length=1)


def list_all(caller: Caller, since: UpdatedSince, at: Instance) -> dict[str, Any]:
    """`{update, remove}`, in the order some clients index into. Permissions are never removed."""
    return {"update": changed(_ordered(at), since.updatedSince), "remove": []}


def get(caller: Caller, since: Since, at: Instance) -> Synced:
    return synced(_ordered(at), since.updatedAt)


def update(caller: Caller, changes: Changes, at: Instance) -> dict[str, Any]:
    """Set the roles of all the permissions given, or of none.

    In force on the next request of every function: the version is raised with the write.
    """
    refusal = ChatError(
        "error-edit-permissions-not-allowed", "Editing permissions is not allowed", bare=True
    )
    if not at.allows(caller, "access-permissions"):
        raise refusal
    wanted = {change.id: change.roles for change in changes.permissions}
    known = find(at, wanted)
    if len(known) < len(wanted):
        raise ChatError("error-invalid-permission", "Invalid permission", bare=True)
    if not may_edit(at, caller, known.values()):
        raise refusal
    if {role for roles in wanted.values() for role in roles} - at.store.roles.ids():
        raise ChatError("error-invalid-role", "Invalid role", bare=True)
    now = at.now()
    fresh = [{**known[key], "roles": roles} for key, roles in wanted.items()]
    at.store.versions.raise_with(
        "permissions", lambda session: at.store.permissions.set_roles(fresh, now, session)
    )
    if SEEING & wanted.keys():
        guard_all(at)
    tell(at, caller, wanted)
    return {"permissions": _ordered(at)}


def find(at: Instance, ids: Iterable[str]) -> dict[str, Document]:
    """Permissions by id. One to change a setting exists where the setting does.

    It is stored once a role has it: hundreds that nobody has would not fit into a DDP result.
    """
    wanted = set(ids)
    stored = {row["_id"]: row for row in at.store.permissions.all() if row["_id"] in wanted}
    settings = [key.removeprefix(CHANGE) for key in wanted - set(stored) if key.startswith(CHANGE)]
    found = at.store.settings.by_ids(settings) if settings else []
    made = (_of_setting(row) for row in found if not row.get("hidden"))
    return {**stored, **{row["_id"]: row for row in made}}


def _of_setting(setting: Document) -> Document:
    row = {"_id": f"{CHANGE}{setting['_id']}", "level": SETTINGS, "settingId": setting["_id"]}
    for name in ("group", "section"):
        if setting.get(name):
            row[name] = setting[name]
            row[f"{name}PermissionId"] = f"{CHANGE}{setting[name]}"
    return {**row, "roles": []}


def may_edit(at: Instance, caller: Caller, permissions: Iterable[Document]) -> bool:
    """Those of settings take a permission of their own."""
    of_settings = any(row.get("level") == SETTINGS for row in permissions)
    return at.allows(caller, "access-permissions") and (
        not of_settings or at.allows(caller, "access-setting-permissions")
    )


def tell(at: Instance, caller: Caller, ids: Iterable[str]) -> None:
    """Publish the permissions as they are now."""
    wanted, now = set(ids), at.now()
    rows = [row for row in at.store.permissions.all() if row["_id"] in wanted]
    at.publish(
        *(
            PermissionChanged(permission=row, at=now, correlation_id=caller.correlation_id)
            for row in rows
        )
    )


def _ordered(at: Instance) -> list[Document]:
    places = permission_order()
    rows = at.store.permissions.all()
    return sorted(rows, key=lambda row: (places.get(row["_id"], len(places)), row["_id"]))
