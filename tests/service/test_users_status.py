"""Statuses, custom statuses and preferences of people."""

from __future__ import annotations

import pytest

from tests.support.people import fails, stored
from tests.support.scene import fresh, invoke, refused
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace

STATUS = {"method": "users.setStatus"}
CUSTOM = {"method": "insertOrUpdateUserStatus"}


def test_should_query_a_users_presence_by_userid(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    person.ok("POST", "v1/users.setStatus", {"status": "busy", "message": "Working"})
    given = {"userId": person.id}
    assert other.ok("GET", "v1/users.getPresence", given) == {"presence": "busy", "success": True}
    shown = other.ok("GET", "v1/users.getStatus", {"username": person.username})
    assert (shown["_id"], shown["status"], shown["message"]) == (person.id, "busy", "Working")
    own = person.ok("GET", "v1/users.getPresence")
    assert (own["presence"], own["connectionStatus"]) == ("busy", "offline")
    assert person.ok("GET", "v1/users.getStatus")["_id"] == person.id
    text = invoke(workspace, other, "getUserStatusText", [person.id])
    assert text == {"result": "Working"}


def test_should_return_offline_after_a_login_type_resume_via_rest(workspace: Workspace) -> None:
    person = workspace.person()
    assert workspace.http("POST", "v1/login", json={"resume": person.token}).status_code == 200
    assert person.ok("GET", "v1/users.getPresence")["presence"] == "offline"


def test_nobody_is_found_who_is_not_there(workspace: Workspace) -> None:
    reason = 'The required "userId" or "username" param provided does not match any users'
    for path in ("v1/users.getPresence", "v1/users.getStatus"):
        fails(workspace.admin.get(path, userId=fresh("x")), reason, "error-invalid-user")


@pytest.mark.parametrize(
    ("name", "given", "error", "code"),
    [
        (
            "Accounts_AllowUserStatusMessageChange",
            {"message": "x"},
            "Change status is not allowed",
            "error-not-allowed",
        ),
        (
            "Accounts_AllowInvisibleStatusOption",
            {"status": "offline", "message": ""},
            "Invisible status is disabled",
            "error-status-not-allowed",
        ),
    ],
)
def test_should_return_an_error_when_the_setting_is_disabled(
    workspace: Workspace, name: str, given: Json, error: str, code: str
) -> None:
    person = workspace.person()
    with setting(workspace, name, False):
        fails(person.post("v1/users.setStatus", given), error, code, STATUS)


def test_should_return_an_error_for_an_invalid_status_or_none(workspace: Workspace) -> None:
    person = workspace.person()
    reason = "Valid status types include online, away, offline, and busy."
    answer = person.post("v1/users.setStatus", {"status": "invalid", "message": ""})
    fails(answer, reason, "error-invalid-status", STATUS)
    reason = "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation"
    fails(person.post("v1/users.setStatus", {}), reason)


def test_others_status_is_changed_by_who_may_edit_them(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    given = {"userId": person.id, "status": "away", "message": "Set for them"}
    refused(
        other.post("v1/users.setStatus", given), 403, {"success": False, "error": "unauthorized"}
    )
    workspace.admin.ok("POST", "v1/users.setStatus", given)
    assert stored(workspace, person.id)["statusText"] == "Set for them"


def test_setting_ones_status_over_ddp(workspace: Workspace) -> None:
    person = workspace.person()
    assert invoke(workspace, person, "setUserStatus", ["away", " Text "]) == {}
    assert invoke(workspace, person, "setUserStatus", [None, "x" * 200]) == {}
    user = stored(workspace, person.id)
    # Nobody sees it before they are connected.
    shown = (user["status"], user["statusDefault"], user["statusText"])
    assert shown == ("offline", "away", "x" * 120)
    assert invoke(workspace, person, "setUserStatus", ["busy"]) == {}
    assert stored(workspace, person.id)["statusText"] == "x" * 120
    for name, params, code in (
        ("Accounts_AllowInvisibleStatusOption", ["offline"], "error-status-not-allowed"),
        ("Accounts_AllowUserStatusMessageChange", [None, ""], "error-not-allowed"),
    ):
        with setting(workspace, name, False):
            outcome = invoke(workspace, person, "setUserStatus", params)
            assert outcome["error"]["error"] == code


def test_should_return_custom_user_status(workspace: Workspace) -> None:
    """Even requested with count and offset params."""
    admin, names = workspace.admin, [fresh("s") for _ in range(3)]
    for name in names:
        given = {"name": name, "statusType": "busy"}
        made = admin.ok("POST", "v1/custom-user-status.create", given)["customUserStatus"]
        assert (made["name"], made["statusType"]) == (name, "busy")
    person = workspace.person()
    listed = person.ok("GET", "v1/custom-user-status.list", {"count": 2, "offset": 1})
    assert (listed["count"], listed["offset"], len(listed["statuses"])) == (2, 1, 2)
    assert listed["total"] >= 3
    (one,) = person.ok("GET", "v1/custom-user-status.list", {"name": names[0]})["statuses"]
    assert one["name"] == names[0]
    found = person.ok("GET", "v1/custom-user-status.list", {"_id": one["_id"]})
    assert (found["total"], found["statuses"]) == (1, [one])
    every = invoke(workspace, person, "listCustomUserStatus", [])["result"]
    assert set(names) <= {row["name"] for row in every}


@pytest.mark.parametrize(
    ("given", "error", "code", "more"),
    [
        ({"name": " "}, "The field Name is required", "error-the-field-is-required", "Name"),
        ({"name": "a<b"}, "a<b is not a valid name", "error-input-is-not-a-valid-field", "Name"),
        (
            {"statusType": "Offline"},
            "Offline is not a valid status type",
            "error-input-is-not-a-valid-field",
            "StatusType",
        ),
    ],
)
def test_a_custom_status_has_to_be_one(
    workspace: Workspace, given: Json, error: str, code: str, more: str
) -> None:
    status = {"name": fresh("s"), "statusType": "busy", **given}
    details: Json = {**CUSTOM, "field": more}
    if "required" not in code:
        (value,) = given.values()
        details["input"] = value
    fails(workspace.admin.post("v1/custom-user-status.create", status), error, code, details)


def test_a_custom_status_is_changed_and_removed(workspace: Workspace) -> None:
    admin, name = workspace.admin, fresh("s")
    status = admin.ok("POST", "v1/custom-user-status.create", {"name": name})["customUserStatus"]
    taken = "The custom user status name is already in use"
    code = "Custom_User_Status_Error_Name_Already_In_Use"
    fails(admin.post("v1/custom-user-status.create", {"name": name}), taken, code, CUSTOM)
    given = {"_id": status["_id"], "name": fresh("s"), "statusType": "away"}
    changed = admin.ok("POST", "v1/custom-user-status.update", given)["customUserStatus"]
    assert {key: changed[key] for key in given} == given
    given["_id"] = fresh("x")
    reason = f'No custom user status found with the id of "{given["_id"]}".'
    fails(admin.post("v1/custom-user-status.update", given), reason)
    which = {"customUserStatusId": status["_id"]}
    admin.ok("POST", "v1/custom-user-status.delete", which)
    code = "Custom_User_Status_Error_Invalid_User_Status"
    details = {"method": "deleteCustomUserStatus"}
    answer = admin.post("v1/custom-user-status.delete", which)
    fails(answer, "Invalid user status", code, details)
    reason = 'The "customUserStatusId" params is required!'
    fails(admin.post("v1/custom-user-status.delete", {}), reason)


def test_custom_statuses_over_ddp(workspace: Workspace) -> None:
    admin, name = workspace.admin, fresh("s")
    made = invoke(workspace, admin, "insertOrUpdateUserStatus", [{"name": name}])["result"]
    given = {"_id": made, "name": name, "statusType": "busy"}
    assert invoke(workspace, admin, "insertOrUpdateUserStatus", [given]) == {"result": True}
    assert invoke(workspace, admin, "deleteCustomUserStatus", [made]) == {"result": True}


PREFERENCES = {
    "newRoomNotification": "door",
    "clockMode": 1,
    "useEmojis": True,
    "emailNotificationMode": "mentions",
    "desktopNotifications": "nothing",
    "highlights": ["word"],
    "idleTimeLimit": 3600,
}


def test_should_set_some_preferences_and_language_preference_by_user(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    given = {"userId": person.id, "data": {**PREFERENCES, "language": "de", "unknown": 1}}
    user = person.ok("POST", "v1/users.setPreferences", given)["user"]
    expected = {**PREFERENCES, "language": "de"}
    assert user == {"_id": person.id, "settings": {"preferences": expected}}
    assert person.ok("GET", "v1/users.getPreferences")["preferences"] == expected
    me = person.ok("GET", "v1/me")
    assert (me["settings"]["preferences"]["clockMode"], me["language"]) == (1, "de")
    row = workspace.database["rocketchat_subscription"].find_one({"u._id": person.id})
    assert row is not None
    assert (row["desktopNotifications"], row["desktopPrefOrigin"]) == ("nothing", "user")
    assert row["userHighlights"] == ["word"]


def test_a_rooms_own_choice_stands_against_a_preference(workspace: Workspace) -> None:
    person, rows = workspace.person(), workspace.database["rocketchat_subscription"]
    chosen = {"desktopNotifications": "all", "desktopPrefOrigin": "subscription"}
    rows.update_one({"u._id": person.id}, {"$set": chosen})
    path = "v1/users.setPreferences"
    person.ok("POST", path, {"data": {"desktopNotifications": "mentions"}})
    row = rows.find_one({"u._id": person.id}) or {}
    assert row["desktopNotifications"] == "all"
    rows.update_one({"u._id": person.id}, {"$set": {"desktopPrefOrigin": "user"}})
    person.ok("POST", path, {"data": {"desktopNotifications": "default"}})
    assert "desktopNotifications" not in (rows.find_one({"u._id": person.id}) or {})


def test_preferences_of_others_take_a_permission(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    given = {"userId": other.id, "data": {"clockMode": 2}}
    answer = person.post("v1/users.setPreferences", given)
    fails(answer, "Editing user is not allowed", "error-action-not-allowed")
    assert workspace.admin.ok("POST", "v1/users.setPreferences", given)["user"]["_id"] == other.id
    given["userId"] = "invalid-id"
    answer = workspace.admin.post("v1/users.setPreferences", given)
    reason = 'The optional "userId" param provided does not match any users'
    fails(answer, reason, "error-invalid-user")


def test_preferences_over_ddp(workspace: Workspace) -> None:
    person = workspace.person()
    save = "saveUserPreferences"
    assert invoke(workspace, person, save, [{"emailNotificationMode": "all"}]) == {"result": True}
    kept = stored(workspace, person.id)["settings"]["preferences"]
    assert kept == {"emailNotificationMode": "mentions"}, "an old name of it"
    refused = invoke(workspace, person, save, [{"idleTimeLimit": 59}])["error"]
    assert refused["error"] == "invalid-idle-time-limit-value"
