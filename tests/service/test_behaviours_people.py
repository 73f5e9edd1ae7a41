"""What clients rely on of people, beside what the tests of each endpoint say."""

from __future__ import annotations

import json

import pyotp
import pytest

from tests.support.people import edited, fails, made, new, own, register, stored
from tests.support.scene import changes, fresh, invoke, refused, snapshot, without
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

UPDATING = {"method": "insertOrUpdateUser", "action": "Update_user"}
NOT_ALLOWED = "error-action-not-allowed"


def _rooms(who: Person, uid: str, **given: str) -> list[str] | None:
    user = who.ok("GET", "v1/users.info", {"userId": uid, **given})["user"]
    return [row["rid"] for row in user["rooms"]] if "rooms" in user else None


def test_users_info_rooms_are_asked_for_in_the_fields_too(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    asked = {"fields": json.dumps({"userRooms": 1})}
    assert _rooms(workspace.admin, person.id, **asked) == ["GENERAL"]
    assert _rooms(person, person.id, **asked) == ["GENERAL"]
    assert _rooms(other, person.id, **asked) is None
    for text in ("{", "[]", "1", '{"userRooms": 0}', '{"name": 1}'):
        assert _rooms(workspace.admin, person.id, fields=text) is None


def test_users_info_of_oneself_is_whole_without_any_permission(workspace: Workspace) -> None:
    with (
        without(workspace, "view-full-other-user-info", "admin"),
        without(workspace, "view-other-user-channels", "admin"),
    ):
        admin, uid = workspace.admin, workspace.admin.id
        user = admin.ok("GET", "v1/users.info", {"userId": uid})["user"]
        assert user["services"] == {"password": True}
        assert user["emails"]
        assert "GENERAL" in (_rooms(admin, uid, includeUserRooms="true") or ())


def test_users_list_takes_parameters_that_it_does_not_know(workspace: Workspace) -> None:
    given = {"name[$regex]": "g", "sort": json.dumps({"username": -1}), "count": 0}
    users = workspace.admin.ok("GET", "v1/users.list", given)["users"]
    names = [user["username"] for user in users if "username" in user]
    assert names == sorted(names, reverse=True)


def test_default_roles_are_given_by_who_may_not_assign_them(workspace: Workspace) -> None:
    with (
        setting(workspace, "Accounts_Registration_Users_Default_Roles", "user,admin"),
        without(workspace, "assign-roles", "admin"),
        without(workspace, "assign-admin-role", "admin"),
    ):
        assert made(workspace)["roles"] == ["user", "admin"]


def test_a_bot_without_an_address_gets_one(workspace: Workspace) -> None:
    address = f"{fresh('bot')}@example.com"
    before = stored(workspace, "rocket.cat")
    user = edited(workspace, "rocket.cat", email=address, verified=True).json()["user"]
    workspace.database["users"].replace_one({"_id": "rocket.cat"}, before)
    assert user["emails"] == [{"address": address, "verified": True}]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("Accounts_AllowPasswordChange", {"password": "itsnotworking"}),
        ("Accounts_AllowUserProfileChange", {"verified": True}),
    ],
)
def test_users_update_is_refused_where_neither_setting_nor_permission_allows_it(
    workspace: Workspace, name: str, data: Json
) -> None:
    person = workspace.person()
    missing = "edit-other-user-password" if "password" in data else "edit-other-user-info"
    with setting(workspace, name, False), without(workspace, missing, "admin"):
        answer = edited(workspace, person.id, **data)
        assert (answer.status_code, answer.json()["errorType"]) == (400, NOT_ALLOWED)
    assert workspace.login(person.username, "secret").id == person.id


def test_a_random_password_of_others_takes_the_permission_for_passwords(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    with without(workspace, "edit-other-user-password", "admin"):
        assert edited(workspace, person.id, setRandomPassword=True).status_code == 200
    assert person.get("v1/me").status_code == 200
    assert edited(workspace, person.id, setRandomPassword=True).status_code == 200
    assert person.get("v1/me").status_code == 401


def test_nobody_opens_the_way_to_a_new_password_for_themselves(workspace: Workspace) -> None:
    """Who has to change the password does so without the old one."""
    person = workspace.person()
    before = snapshot(workspace)
    given = {"userId": person.id, "data": {"requirePasswordChange": True}}
    reason = "Edit user password is not allowed"
    fails(person.post("v1/users.update", given), reason, NOT_ALLOWED, UPDATING)
    assert not changes(workspace, before)
    told = edited(workspace, person.id, requirePasswordChange=True).json()["user"]
    assert told["requirePasswordChange"] is True
    given = {"userId": person.id, "data": {"requirePasswordChange": False}}
    fails(person.post("v1/users.update", given), reason, NOT_ALLOWED, UPDATING)
    given["data"] = {"requirePasswordChange": True, "bio": "as it is"}
    assert person.post("v1/users.update", given).status_code == 200


def test_making_someone_inactive_takes_its_permission(workspace: Workspace) -> None:
    with without(workspace, "edit-other-user-active-status", "admin"):
        before = snapshot(workspace)
        answer = workspace.admin.post("v1/users.create", new(active=False))
        details = {"method": "setUserActiveStatus"}
        fails(answer, "Not allowed", "error-not-allowed", details)
        assert not changes(workspace, before)
        assert made(workspace, active=True)["active"] is True
    assert made(workspace, active=False)["active"] is False


def test_an_update_that_would_leave_a_room_ownerless_changes_nothing(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    workspace.channel(person, other)
    workspace.settle()
    before = snapshot(workspace)
    data = {"active": False, "name": "Never", "password": "never"}
    answer = edited(workspace, person.id, **data)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "user-last-owner")
    assert not changes(workspace, before)
    given = {"userId": person.id, "data": data, "confirmRelinquish": True}
    user = workspace.admin.ok("POST", "v1/users.update", given)["user"]
    assert (user["active"], user["name"]) == (False, "Never")


def test_custom_fields_that_are_declared_oddly_refuse_and_do_not_break(
    workspace: Workspace,
) -> None:
    odd = {"a": {"type": "select", "options": 5}, "b": {"maxLength": "x", "minLength": None}}
    with setting(workspace, "Accounts_CustomFields", json.dumps(odd)):
        answer = workspace.admin.post("v1/users.create", new(customFields={"a": "x", "b": "y"}))
        code = "error-user-registration-custom-field"
        assert (answer.status_code, answer.json()["errorType"]) == (400, code)
        assert made(workspace, customFields={"b": "y"})["customFields"] == {"b": "y"}


def test_a_role_given_twice_is_held_once(workspace: Workspace) -> None:
    user = edited(workspace, made(workspace)["_id"], roles=["user", "bot", "user"]).json()["user"]
    assert user["roles"] == ["user", "bot"]


def test_what_one_said_of_oneself_is_taken_back(workspace: Workspace) -> None:
    person = workspace.person()
    own(person, bio="Bio", nickname="Nick", statusText="Text")
    user = own(person, bio="", nickname="", statusText="").json()["user"]
    assert (user["bio"], user["nickname"], user["statusText"]) == ("", "", "")


def test_a_closed_workspace_tells_nobody_which_names_it_has(workspace: Workspace) -> None:
    taken = workspace.person().username
    with setting(workspace, "Accounts_RegistrationForm", "Disabled"):
        answers = [register(workspace, username=name) for name in (taken, fresh("u"))]
    assert answers[0].status_code == 400
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["errorType"] == "error-user-registration-disabled"


def test_2fa_enable_in_test_mode(workspace: Workspace) -> None:
    """Not logged in; a secret and its url; enabled already."""
    message = {"message": json.dumps({"msg": "method", "id": "1", "method": "2fa:enable"})}
    answer = workspace.http("POST", "v1/method.call/2fa:enable", json=message)
    error = {"success": False, "status": "error", "message": "You must be logged in to do this."}
    refused(answer, 401, error)
    person = workspace.person(verified=True)
    result = invoke(workspace, person, "2fa:enable", [])["result"]
    assert result["secret"] in result["url"]
    code = pyotp.TOTP(result["secret"]).at(workspace.runtime.clock.now())
    assert "codes" in invoke(workspace, person, "2fa:validateTempToken", [code])["result"]
    error = invoke(workspace, person, "2fa:enable", [])["error"]
    assert error["error"] == "error-2fa-already-enabled"
