"""What people set of their own, and methods of settings and permissions, as suites call them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from contrail.domain.users import digest
from tests.support.people import edited, fails, made, own, stored
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace

PREFERENCES: Json = {
    "newRoomNotification": "door",
    "newMessageNotification": "chime",
    "muteFocusedConversations": True,
    "clockMode": 1,
    "useEmojis": True,
    "convertAsciiEmoji": True,
    "saveMobileBandwidth": True,
    "collapseMediaByDefault": False,
    "autoImageLoad": True,
    "emailNotificationMode": "mentions",
    "unreadAlert": True,
    "notificationsSoundVolume": 100,
    "desktopNotifications": "default",
    "pushNotifications": "all",
    "enableAutoAway": True,
    "highlights": [],
    "desktopNotificationRequireInteraction": False,
    "hideUsernames": False,
    "hideRoles": True,
    "displayAvatars": True,
    "hideFlexTab": False,
    "sendOnEnter": "normal",
    "idleTimeLimit": 3600,
    "notifyCalendarEvents": False,
    "enableMobileRinging": False,
    "language": "en",
}


def test_set_preferences_keeps_every_preference_as_it_was_given(workspace: Workspace) -> None:
    """[/users.setPreferences] of another user; [/users.getPreferences] all of them."""
    person = workspace.person()
    given = {"userId": person.id, "data": PREFERENCES}
    user = workspace.admin.ok("POST", "v1/users.setPreferences", given)["user"]
    assert user["settings"]["preferences"] == PREFERENCES
    assert person.ok("GET", "v1/users.getPreferences")["preferences"] == PREFERENCES


def test_a_policy_holds_where_no_second_factor_is_asked_for(workspace: Workspace) -> None:
    """The set-up in which clients change a password with nothing but the new one."""
    person = workspace.person()
    with (
        setting(workspace, "Accounts_TwoFactorAuthentication_Enabled", False),
        setting(workspace, "Accounts_Password_Policy_Enabled", True),
    ):
        answer = own(person, newPassword="2", currentPassword=digest("secret"))
        assert {
            "error": "error-password-policy-not-met-minLength",
            "message": "The password does not meet the minimum length password policy.",
        } in answer.json()["details"]
        assert own(person, newPassword="123Abc@!").status_code == 200
    assert workspace.login(person.username, "123Abc@!").id == person.id


def test_an_address_is_verified_and_unverified_whether_or_not_it_comes_along(
    workspace: Workspace,
) -> None:
    user = made(workspace)
    address = user["emails"][0]["address"]
    for more in ({}, {"email": address}, {"email": address.upper()}):
        for verified in (True, False):
            answer = edited(workspace, user["_id"], verified=verified, **more)
            expected = [{"address": address, "verified": verified}]
            assert answer.json()["user"]["emails"] == expected


def test_over_ddp_a_changed_name_is_held_to_the_same_rules(workspace: Workspace) -> None:
    uid = made(workspace)["_id"]
    given = {"_id": uid, "name": "a<b>", "bio": "never"}
    error = invoke(workspace, workspace.admin, "insertOrUpdateUser", [given])["error"]
    assert error["error"] == 500, "to DDP a plain exception, as at the original"
    assert "bio" not in stored(workspace, uid)


@pytest.mark.parametrize(("sign", "written"), [(0, "NaN"), (1, "Infinity"), (-1, "-Infinity")])
def test_save_settings_refuses_what_is_no_number_as_it_stands_on_the_wire(
    workspace: Workspace, sign: int, written: str
) -> None:
    value = {"$InfNaN": sign}
    params = [[{"_id": "Message_AllowEditing_BlockEditInMinutes", "value": value}]]
    call = {"msg": "method", "id": "13", "method": "saveSettings", "params": params}
    admin, body = workspace.admin, {"message": json.dumps(call)}
    before = snapshot(workspace)
    answer = admin.ok("POST", "v1/method.call/saveSettings", body)
    error = json.loads(answer["message"])["error"]
    assert error["error"] == f"Invalid setting value {written}"
    assert not changes(workspace, before)


@pytest.mark.parametrize("name", ["permissions/get", "public-settings/get", "subscriptions/get"])
def test_sync_methods_give_all_or_what_changed_after_a_date(
    workspace: Workspace, name: str
) -> None:
    person = workspace.person()
    rows: Any = invoke(workspace, person, name, [])["result"]
    assert rows
    since = workspace.runtime.clock.now() + timedelta(hours=1)
    later = invoke(workspace, person, name, [since])["result"]
    assert later == {"update": [], "remove": []}
    path = f"v1/method.call/{name.replace('/', ':')}"
    call = {"msg": "method", "id": "1", "method": name, "params": []}
    answer = workspace.http("POST", path, json={"message": json.dumps(call)})
    assert (answer.status_code, answer.json()["status"]) == (401, "error")


def test_preferences_that_are_none_change_nothing(workspace: Workspace) -> None:
    person = workspace.person()
    before = snapshot(workspace)
    answer = person.post("v1/users.setPreferences", {"data": {"idleTimeLimit": 59, "clockMode": 2}})
    fails(answer, "Invalid idleTimeLimit", "invalid-idle-time-limit-value")
    assert not changes(workspace, before)


def test_a_token_has_a_name_of_some_length_at_most(workspace: Workspace) -> None:
    person, path = workspace.person(), "v1/users.generatePersonalAccessToken"
    answer = person.post(path, {"tokenName": "x" * 257})
    fails(answer, "must NOT have more than 256 characters", "invalid-params")
    assert person.post(path, {"tokenName": "x" * 256}).status_code == 200


def test_of_a_failed_login_no_more_is_kept_than_a_name_can_be(workspace: Workspace) -> None:
    given = {"user": fresh("n") + "x" * 100_000, "password": "secret"}
    assert workspace.http("POST", "v1/login", json=given).status_code == 401
    match = {"u.username": {"$regex": f"^{given['user'][:20]}"}}
    (event,) = workspace.database["rocketchat_server_events"].find(match)
    assert len(event["u"]["username"]) == 320
