"""Examples of the rows about roles, permissions and settings: see `doors`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.example import OK, PAGE, USER, VOID, Example, admin, nobody
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import Json, Person, Workspace

SETTINGS: Json = {"settings": [{"_id": str, "value": lambda value: True}], **PAGE}


def _permission(date: Callable[[object], bool]) -> Json:
    return {"_id": str, "roles": list, "_updatedAt": date}


def _editing(scene: Scene) -> Json:
    return {"permissions": [{"_id": "edit-message", "roles": ["owner", "admin"]}]}


def make_role(workspace: Workspace, scope: str = "Users") -> str:
    """The id of a new role that nobody has."""
    now = workspace.runtime.clock.now()
    role = {"_id": fresh("r"), "name": fresh("role"), "scope": scope, "_updatedAt": now}
    role |= {"description": "", "protected": False, "mandatory2fa": False}
    workspace.database["rocketchat_roles"].insert_one(dict(role))
    return str(role["_id"])


def held_role(workspace: Workspace, person: Person) -> str:
    """One that the person has."""
    role = make_role(workspace)
    workspace.database["users"].update_one({"_id": person.id}, {"$push": {"roles": role}})
    return role


def _role(scene: Scene) -> str:
    return make_role(scene.workspace)


def _any_setting(scene: Scene) -> Json:
    """Makes the setting that a path of these tests names."""
    settings = scene.workspace.database["rocketchat_settings"]
    row = {"type": "string", "public": False, "hidden": False, "value": "one"}
    row |= {"_updatedAt": scene.workspace.runtime.clock.now()}
    settings.update_one({"_id": "any"}, {"$setOnInsert": row}, upsert=True)
    return {}


def _held_role(scene: Scene) -> str:
    return held_role(scene.workspace, scene.other)


def _granted(scene: Scene) -> list[Any]:
    role = _role(scene)
    permissions = scene.workspace.database["rocketchat_permissions"]
    permissions.update_one({"_id": "edit-message"}, {"$push": {"roles": role}})
    return ["edit-message", role]


ROLE: Json = {"_id": str, "name": str, "scope": "Users", "description": str, "protected": False}


REST: dict[str, Example] = {
    "GET v1/permissions.listAll": Example(
        {"update": [_permission(is_date)], "remove": [], **OK},
    ),
    "POST v1/permissions.update": Example(
        {"permissions": [_permission(is_date)], **OK}, _editing, admin
    ),
    "GET v1/roles.list": Example(
        {"roles": [{"_id": str, "name": str, "scope": str, "description": str}], **OK}
    ),
    "GET v1/roles.sync": Example(
        {"roles": {"update": [{"_id": str, "name": str, "scope": str}], "remove": list}, **OK},
        lambda scene: {"updatedSince": "2017-11-25T15:08:17.248Z"},
    ),
    "POST v1/roles.create": Example(
        {"role": {**ROLE, "_updatedAt": is_date}, **OK}, lambda scene: {"name": fresh("r")}, admin
    ),
    "POST v1/roles.update": Example(
        {"role": {**ROLE, "_updatedAt": is_date}, **OK},
        lambda scene: {"roleId": _role(scene), "name": fresh("r")},
        admin,
    ),
    "POST v1/roles.delete": Example(OK, lambda scene: {"roleId": _role(scene)}, admin),
    "POST v1/roles.addUserToRole": Example(
        {"role": ROLE, **OK},
        lambda scene: {"roleId": _role(scene), "username": scene.other.username},
        admin,
    ),
    "POST v1/roles.removeUserFromRole": Example(
        {"role": ROLE, **OK},
        lambda scene: {"roleId": _held_role(scene), "username": scene.other.username},
        admin,
    ),
    "GET v1/roles.getUsersInRole": Example(
        {"users": [USER], **PAGE}, lambda scene: {"role": "user"}, admin
    ),
    "GET v1/settings.public": Example(SETTINGS, sender=nobody),
    "GET v1/settings": Example(SETTINGS, sender=admin),
    "GET v1/settings/:_id": Example({"_id": "any", "value": str, **OK}, _any_setting, admin),
    "POST v1/settings/:_id": Example(
        OK, lambda scene: {**_any_setting(scene), "value": "some"}, admin
    ),
    "GET v1/settings.oauth": Example({"services": list, **OK}, sender=nobody),
    "POST v1/settings.addCustomOAuth": Example(OK, lambda scene: {"name": fresh("s")}, admin),
    "GET v1/service.configurations": Example({"configurations": list, **OK}, sender=nobody),
}

METHODS: dict[str, Example] = {
    "permissions/get": Example([_permission(is_moment)], lambda scene: [], nobody),
    "getUserRoles": Example([{**USER, "roles": [str]}], lambda scene: []),
    "authorization:addUserToRole": Example(
        True, lambda scene: [_role(scene), scene.other.username], admin
    ),
    "authorization:removeUserFromRole": Example(
        True, lambda scene: [_held_role(scene), scene.other.username], admin
    ),
    "authorization:deleteRole": Example(
        {"acknowledged": True, "deletedCount": 1}, lambda scene: [_role(scene)], admin
    ),
    "authorization:addPermissionToRole": Example(
        VOID, lambda scene: ["edit-message", _role(scene)], admin
    ),
    "authorization:removeRoleFromPermission": Example(VOID, _granted, admin),
    "public-settings/get": Example(
        [{"_id": str, "value": lambda value: True, "type": str}], lambda scene: [], nobody
    ),
    "private-settings/get": Example(list, lambda scene: []),
    "saveSettings": Example(
        True,
        lambda scene: [[{"_id": "Accounts_Directory_DefaultView", "value": "channels"}]],
        admin,
    ),
    "saveSetting": Example(
        True, lambda scene: ["Accounts_Directory_DefaultView", "channels", None], admin
    ),
    "addOAuthService": Example(VOID, lambda scene: [fresh("s")], admin),
    "removeOAuthService": Example(VOID, lambda scene: [fresh("s")], admin),
    "refreshOAuthService": Example(VOID, lambda scene: [], admin),
}
