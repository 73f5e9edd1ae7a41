"""Examples of the rows about people: see `doors`."""

from __future__ import annotations

import json
from typing import Any

from contrail.domain.users import digest
from tests.support.example import OK, PAGE, USER, VOID, Example, admin, nobody, spare
from tests.support.scene import Scene, fresh, is_date
from tests.support.settings import put
from tests.support.workspace import Json

ME: Json = {
    **USER,
    "name": str,
    "emails": [{"address": str, "verified": bool}],
    "status": str,
    "active": True,
    "roles": [str],
    "settings": {"preferences": {"desktopNotifications": str, "emailNotificationMode": str}},
    "services": {"password": True},
    "avatarUrl": str,
}
MADE: Json = {**USER, "name": str, "type": "user", "status": "offline", "active": True}
WHOLE: Json = {**MADE, "roles": [str], "createdAt": is_date, "_updatedAt": is_date}
CUSTOM: Json = {"_id": str, "name": str, "statusType": str, "_updatedAt": is_date}
POLICY: Json = {"enabled": False, "policy": []}


def new_user(scene: Scene) -> Json:
    name = fresh("u")
    return {"name": name, "username": name, "email": f"{name}@example.com", "password": "secret"}


def _registration(scene: Scene) -> Json:
    given = new_user(scene)
    return {**given, "pass": given.pop("password")}


def _form(scene: Scene) -> list[Json]:
    given = _registration(scene)
    return [{key: given[key] for key in ("email", "pass", "name")}]


def _someone(scene: Scene) -> Json:
    """Someone made for this."""
    made: Json = scene.workspace.admin.ok("POST", "v1/users.create", new_user(scene))["user"]
    return {"userId": made["_id"]}


def _inactive(scene: Scene) -> Json:
    return {**_someone(scene), "activeStatus": False}


def _status(scene: Scene) -> Json:
    """A custom status made for this."""
    name = fresh("s")
    given = {"name": name, "statusType": "busy"}
    made: Json = scene.workspace.admin.ok("POST", "v1/custom-user-status.create", given)
    made = made["customUserStatus"]
    return {"_id": made["_id"], "name": name, "statusType": "away"}


def _reset(scene: Scene) -> Json:
    """The token of a mail by which the scene's person resets a password."""
    token = fresh("reset")
    change = {"$set": {"services.password.reset": {"token": token}}}
    scene.workspace.database["users"].update_one({"_id": scene.other.id}, change)
    return {"token": token}


def _own_deletion(scene: Scene) -> Json:
    put(scene.workspace, "Accounts_AllowDeleteOwnAccount", True)
    return {"password": digest("secret"), "confirmRelinquish": True}


def _told_to_change(scene: Scene) -> Any:
    """Someone who has to choose another password."""
    person = scene.workspace.person()
    change = {"$set": {"requirePasswordChange": True}}
    scene.workspace.database["users"].update_one({"_id": person.id}, change)
    return person


REST: dict[str, Example] = {
    "GET v1/me": Example({**ME, **OK}, more=True),
    "GET v1/users.info": Example(
        {"user": {**USER, "name": str, "type": "user", "active": True, "status": str}, **OK},
        lambda scene: {"userId": scene.other.id},
    ),
    "POST v1/users.create": Example({"user": WHOLE, **OK}, new_user, admin),
    "POST v1/users.register": Example({"user": MADE, **OK}, _registration, nobody),
    "POST v1/users.update": Example(
        {"user": {**WHOLE, "bio": "New"}, **OK},
        lambda scene: {"userId": scene.other.id, "data": {"bio": "New"}},
        admin,
    ),
    "POST v1/users.updateOwnBasicInfo": Example(
        {"user": {**WHOLE, "status": str, "bio": "Own", "services": {"password": True}}, **OK},
        lambda scene: {"data": {"bio": "Own"}},
    ),
    "POST v1/users.setPreferences": Example(
        {"user": {"_id": str, "settings": {"preferences": {"clockMode": 1}}}, **OK},
        lambda scene: {"data": {"clockMode": 1}},
    ),
    "GET v1/users.getPreferences": Example({"preferences": dict, **OK}),
    "POST v1/users.setStatus": Example(OK, lambda scene: {"status": "busy", "message": "Work"}),
    "GET v1/users.getStatus": Example(
        {"_id": str, "connectionStatus": str, "status": str, **OK},
        lambda scene: {"userId": scene.other.id},
    ),
    "GET v1/users.getPresence": Example(
        {"presence": str, **OK}, lambda scene: {"userId": scene.other.id}
    ),
    "POST v1/users.setActiveStatus": Example(
        {"user": {"_id": str, "active": False}, **OK}, _inactive, admin
    ),
    "POST v1/users.deactivateIdle": Example(
        {"count": 0, **OK}, lambda scene: {"daysIdle": 9_999, "role": fresh("r")}, admin
    ),
    "POST v1/users.delete": Example(OK, _someone, admin),
    "POST v1/users.deleteOwnAccount": Example(OK, _own_deletion, spare),
    "GET v1/users.list": Example(
        {"users": [{"_id": str, "type": str, "active": bool}], **PAGE}, sender=admin
    ),
    "GET v1/users.listByStatus": Example({"users": [{"_id": str, "type": str}], **PAGE}),
    "GET v1/users.autocomplete": Example(
        {"items": [{"_id": str, "username": str}], **OK},
        lambda scene: {"selector": json.dumps({"term": scene.other.username})},
    ),
    "GET v1/users.getUsernameSuggestion": Example({"result": str, **OK}),
    "GET v1/users.checkUsernameAvailability": Example(
        {"result": True, **OK}, lambda scene: {"username": fresh("u")}
    ),
    "GET v1/pw.getPolicy": Example({**POLICY, **OK}, sender=nobody),
    "GET v1/pw.getPolicyReset": Example({**POLICY, **OK}, _reset, nobody),
    "GET v1/custom-user-status.list": Example({"statuses": list, **PAGE}),
    "POST v1/custom-user-status.create": Example(
        {"customUserStatus": CUSTOM, **OK},
        lambda scene: {"name": fresh("s"), "statusType": "busy"},
        admin,
    ),
    "POST v1/custom-user-status.update": Example(
        {"customUserStatus": CUSTOM, **OK}, _status, admin
    ),
    "POST v1/custom-user-status.delete": Example(
        OK, lambda scene: {"customUserStatusId": _status(scene)["_id"]}, admin
    ),
}

METHODS: dict[str, Example] = {
    "registerUser": Example(str, _form, nobody),
    "saveUserProfile": Example(True, lambda scene: [{"bio": "Mine"}, {}]),
    "saveUserPreferences": Example(True, lambda scene: [{"clockMode": 2}]),
    "saveCustomFields": Example(VOID, lambda scene: [{}]),
    "setUsername": Example(str, lambda scene: [fresh("u")], spare),
    "setRealName": Example("New Name", lambda scene: ["New Name"], spare),
    "setEmail": Example(str, lambda scene: [f"{fresh('e')}@example.com"], spare),
    "setUserPassword": Example(VOID, lambda scene: ["another secret"], _told_to_change),
    "changePassword": Example(
        {"passwordChanged": True}, lambda scene: ["secret", fresh("password")], spare
    ),
    "logoutCleanUp": Example(VOID, lambda scene: [{"_id": scene.person.id}], nobody),
    "getPasswordPolicy": Example(POLICY, lambda scene: [_reset(scene)], nobody),
    "setUserStatus": Example(VOID, lambda scene: ["busy", "Work"]),
    "getUserStatusText": Example(str, lambda scene: [scene.other.id]),
    "userSetUtcOffset": Example(VOID, lambda scene: [5.5]),
    "setUserActiveStatus": Example(True, lambda scene: [_someone(scene)["userId"], False], admin),
    "insertOrUpdateUser": Example(str, lambda scene: [new_user(scene)], admin),
    "deleteUser": Example(True, lambda scene: [_someone(scene)["userId"]], admin),
    "deleteUserOwnAccount": Example(
        True, lambda scene: [_own_deletion(scene)["password"], True], spare
    ),
    "checkUsernameAvailability": Example(True, lambda scene: [fresh("u")]),
    "getUsernameSuggestion": Example(str, lambda scene: []),
    "listCustomUserStatus": Example(list, lambda scene: []),
    "insertOrUpdateUserStatus": Example(
        str, lambda scene: [{"name": fresh("s"), "statusType": "away"}], admin
    ),
    "deleteCustomUserStatus": Example(True, lambda scene: [_status(scene)["_id"]], admin),
}
