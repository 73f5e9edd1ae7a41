"""[/users.create], [/users.update] and DDP insertOrUpdateUser."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.domain.workspace import TEST_ADMIN
from tests.support.people import edited, fails, made, new, stored
from tests.support.scene import changes, fresh, invoke, snapshot, without
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace

ASSIGNING = {"method": "insertOrUpdateUser", "action": "Assign_role"}
UPDATING = {"method": "insertOrUpdateUser", "action": "Update_user"}
FIELDS = '{"text": {"type": "text", "required": true, "minLength": 2, "maxLength": 10}}'


def test_test_mode_has_the_admin_that_suites_log_in_as(workspace: Workspace) -> None:
    me = workspace.admin.ok("GET", "v1/me")
    assert (me["_id"], me["username"], me["roles"]) == (TEST_ADMIN, TEST_ADMIN, ["admin"])
    assert me["emails"] == [{"address": f"{TEST_ADMIN}@rocket.chat", "verified": False}]


def test_an_admin_makes_users_with_what_is_given(workspace: Workspace) -> None:
    given = new(nickname="Nick", bio="Bio", statusText="Here", verified=True)
    given |= {"roles": ["user", "bot"], "requirePasswordChange": True}
    user = workspace.admin.ok("POST", "v1/users.create", given)["user"]
    kept = ("name", "username", "nickname", "bio", "statusText", "roles", "requirePasswordChange")
    assert {key: user[key] for key in kept} == {key: given[key] for key in kept}
    assert user["emails"] == [{"address": given["email"], "verified": True}]
    assert workspace.login(given["username"], "secret").id == user["_id"]


def test_users_default_roles_configuration_gives_new_users_their_roles(
    workspace: Workspace,
) -> None:
    with setting(workspace, "Accounts_Registration_Users_Default_Roles", "user, bot"):
        assert made(workspace)["roles"] == ["user", "bot"]
        assert made(workspace, roles=[])["roles"] == ["user", "bot"]
        assert made(workspace, roles=["guest"])["roles"] == ["guest"]


@pytest.mark.parametrize("name", ["admin", "Administrator", "system", "user"])
def test_should_not_create_a_new_user_if_username_is_a_reserved_word(
    workspace: Workspace, name: str
) -> None:
    details = {"method": "checkUsernameAvailability", "field": name}
    answer = workspace.admin.post("v1/users.create", new(username=name))
    fails(answer, f"{name} is blocked and can't be used!", "error-blocked-username", details)


def test_names_and_addresses_must_be_usable(workspace: Workspace) -> None:
    for name in ("with space", "näme", "a/b", "$name", "a\0b"):
        details = {"method": "insertOrUpdateUser", "input": name, "field": "Username"}
        reason, code = f"{name} is not a valid username", "error-input-is-not-a-valid-field"
        fails(workspace.admin.post("v1/users.create", new(username=name)), reason, code, details)
    for address in ("", "name", "a@b", "a@b.c", "a b@example.com", "a@example.com\0"):
        answer = workspace.admin.post("v1/users.create", new(email=address))
        fails(answer, f"Invalid email {address}", "error-invalid-email", {"email": address})


@pytest.mark.parametrize("field", ["Name", "Username", "Password"])
def test_what_everyone_has_is_required(workspace: Workspace, field: str) -> None:
    answer = workspace.admin.post("v1/users.create", new(**{field.lower(): ""}))
    details = {"method": "insertOrUpdateUser", "field": field}
    fails(answer, f"The field {field} is required", "error-the-field-is-required", details)


def test_names_that_are_taken_are_refused_to_admins_too(workspace: Workspace) -> None:
    taken = workspace.person().username
    address = f"{taken}@example.com"
    for given in ({"username": taken}, {"username": taken.upper()}, {"email": address.upper()}):
        (value,) = given.values()
        details = {"method": "insertOrUpdateUser", "field": value}
        answer = workspace.admin.post("v1/users.create", {**new(), **given})
        fails(answer, f"{value} is already in use :(", "error-field-unavailable", details)


def test_giving_roles_needs_permission_of_its_own(workspace: Workspace) -> None:
    code = "error-action-not-allowed"

    def make(*roles: str) -> Any:
        return workspace.admin.post("v1/users.create", new(roles=list(roles)))

    before = snapshot(workspace)
    fails(make("user", "no-such"), "The field Roles consist invalid role id", code, ASSIGNING)
    assert not changes(workspace, before)
    with without(workspace, "assign-roles", "admin"):
        fails(make("user"), "Assigning roles is not allowed", code, ASSIGNING)
    details = {"method": "insertOrUpdateUser", "action": "Assign_admin"}
    with without(workspace, "assign-admin-role", "admin"):
        fails(make("admin"), "Assigning admin is not allowed", code, details)
    assert make("admin").status_code == 200


def test_only_users_who_want_it_join_the_default_rooms(workspace: Workspace) -> None:
    for wanted in (True, False):
        person = workspace.person(joinDefaultChannels=wanted)
        rooms = [row["rid"] for row in person.ok("GET", "v1/subscriptions.get")["update"]]
        assert rooms == ["GENERAL"] * wanted


def _room(workspace: Workspace, **more: Any) -> str:
    now, name = workspace.runtime.clock.now(), fresh("c")
    room = {"_id": fresh("r"), "t": "c", "name": name, "usersCount": 0, "msgs": 0, "ts": now}
    workspace.database["rocketchat_room"].insert_one({**room, "_updatedAt": now, **more})
    return str(room["_id"])


def test_auto_join_default_channels(workspace: Workspace) -> None:
    """A default team's room and its auto-join rooms; elsewhere default rooms alone."""
    rooms, one, other = workspace.database["rocketchat_room"], fresh("t"), fresh("t")
    main = _room(workspace, teamId=one, teamMain=True, default=True)
    auto = _room(workspace, teamId=one, teamDefault=True, favorite=True)
    plain = _room(workspace, teamId=one)
    _room(workspace, teamId=other, teamMain=True)
    inside = _room(workspace, teamId=other, default=True, favorite=True)
    try:
        uid = made(workspace)["_id"]
        rows = workspace.database["rocketchat_subscription"].find({"u._id": uid})
        joined = {row["rid"]: row.get("f", False) for row in rows}
    finally:
        rooms.delete_many({"teamId": {"$in": [one, other]}})
    assert joined == {"GENERAL": False, main: False, auto: True, inside: True}
    assert plain not in joined


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "Field text is required"),
        ("", "Field text is required"),
        ("1", "Min length of field text 2"),
        ("12345678901", "Max length of field text 10"),
    ],
)
def test_should_not_create_a_user_if_a_custom_field_is_not_as_declared(
    workspace: Workspace, value: str | None, reason: str
) -> None:
    given = {} if value is None else {"text": value}
    code, details = "error-user-registration-custom-field", {"method": "registerUser"}
    with setting(workspace, "Accounts_CustomFields", FIELDS):
        answer = workspace.admin.post("v1/users.create", new(customFields=given))
        fails(answer, reason, code, details)


def test_custom_fields_are_kept_as_declared_and_shown_to_whom_they_are_for(
    workspace: Workspace,
) -> None:
    declared = '{"text": {"type": "text"}, "open": {"type": "text", "public": true}}'
    given = {"text": "success", "open": "yes", "unknown": "x"}
    with setting(workspace, "Accounts_CustomFields", declared):
        user = made(workspace, customFields=given)
        kept = {"text": "success", "open": "yes"}
        assert user["customFields"] == kept
        which = {"userId": user["_id"]}
        seen = workspace.person().ok("GET", "v1/users.info", which)["user"]
        assert seen["customFields"] == {"open": "yes"}
        assert workspace.admin.ok("GET", "v1/users.info", which)["user"]["customFields"] == kept
        workspace.admin.ok("POST", "v1/users.update", {**which, "data": {"customFields": {}}})
        assert stored(workspace, user["_id"])["customFields"] == {}


def test_a_random_password_is_one_to_change(workspace: Workspace) -> None:
    user = made(workspace, setRandomPassword=True)
    assert user["requirePasswordChange"] is True
    login = {"user": user["username"], "password": "secret"}
    assert workspace.http("POST", "v1/login", json=login).status_code == 401


def test_should_update_a_users_info_by_userid(workspace: Workspace) -> None:
    person, name, email = workspace.person(), fresh("u"), f"{fresh('e')}@example.com"
    data: Json = {
        "name": "New Name",
        "username": name,
        "email": email,
        "bio": "Bio",
        "nickname": "N",
    }
    data |= {"statusText": "Busy with it", "password": "another", "roles": ["user", "bot"]}
    user = edited(workspace, person.id, **data, verified=True).json()["user"]
    kept = ("name", "username", "bio", "nickname", "statusText", "roles")
    assert {key: user[key] for key in kept} == {key: data[key] for key in kept}
    assert user["emails"] == [{"address": email, "verified": True}]
    assert workspace.login(name, "another").id == person.id
    assert person.get("v1/me").status_code == 401, "the old password's logins are over"


def test_an_empty_update_answers_with_the_user(workspace: Workspace) -> None:
    uid = made(workspace)["_id"]
    before = snapshot(workspace)
    assert edited(workspace, uid).json()["user"]["_id"] == uid
    assert not changes(workspace, before)
    answer = edited(workspace, fresh("x"), name="X")
    fails(answer, "Invalid user", "error-invalid-user", {"method": "insertOrUpdateUser"})


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"nickname": "x" * 121}, "Nickname size exceeds 120 characters"),
        ({"bio": "x" * 261}, "Bio size exceeds 260 characters"),
        ({"username": "admin"}, "Could not save user identity"),
        ({"username": "user"}, "Could not save user identity"),
        ({"username": "TAKEN"}, "Could not save user identity"),
        ({"name": "   "}, "Could not save user identity"),
        ({"email": "TAKEN@example.com"}, "TAKEN@example.com is already in use :("),
        ({"roles": ["nobody"]}, "The field Roles consist invalid role id"),
        ({"name": "a/b"}, "Name contains invalid characters"),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(
    workspace: Workspace, data: Json, error: str
) -> None:
    taken, person = workspace.person().username, workspace.person()
    data = {k: v.replace("TAKEN", taken) if isinstance(v, str) else v for k, v in data.items()}
    before = snapshot(workspace)
    answer = edited(workspace, person.id, statusText="never", password="never", **data)
    assert answer.status_code == 400
    assert answer.json()["error"].split(" [")[0] == error.replace("TAKEN", taken)
    assert not changes(workspace, before)


@pytest.mark.parametrize(
    ("name", "data", "called"),
    [
        ("Accounts_AllowUsernameChange", {"username": "fake.name"}, "username"),
        ("Accounts_AllowRealNameChange", {"name": "Fake name"}, "user real name"),
        ("Accounts_AllowUserStatusMessageChange", {"statusText": "fake"}, "user status"),
        ("Accounts_AllowEmailChange", {"email": "fake@example.com"}, "user email"),
        ("Accounts_AllowPasswordChange", {"password": "fake"}, "user password"),
    ],
)
def test_should_return_an_error_when_trying_to_update_what_is_not_allowed(
    workspace: Workspace, name: str, data: Json, called: str
) -> None:
    """Of oneself; of others whoever may edit them may, and nobody else."""
    me, person = made(workspace, roles=["admin"]), workspace.person()
    admin, code = workspace.login(me["username"], "secret"), "error-action-not-allowed"
    with setting(workspace, name, False):
        answer = admin.post("v1/users.update", {"userId": admin.id, "data": data})
        fails(answer, f"Edit {called} is not allowed", code, UPDATING)
        changed = {key: f"{fresh('x')}@example.com" for key in data if key == "email"}
        changed = changed or {key: fresh("x") for key in data}
        assert edited(workspace, person.id, **changed).status_code == 200
    editing = {"method": "insertOrUpdateUser", "action": "Editing_user"}
    with without(workspace, "edit-other-user-info", "admin"):
        answer = edited(workspace, person.id, **data)
        fails(answer, "Editing user is not allowed", code, editing)


def test_should_not_update_profiles_where_that_is_not_allowed(workspace: Workspace) -> None:
    person = workspace.person()
    with (
        setting(workspace, "Accounts_AllowUserProfileChange", False),
        without(workspace, "edit-other-user-password", "admin"),
    ):
        answer = person.post("v1/users.update", {"userId": person.id, "data": {"bio": "x"}})
        code, reason = "error-action-not-allowed", "Edit user profile is not allowed"
        fails(answer, reason, code, UPDATING)
        assert edited(workspace, person.id, bio="x").status_code == 200


def test_a_password_of_others_takes_a_permission(workspace: Workspace) -> None:
    person = workspace.person()
    with without(workspace, "edit-other-user-password", "admin"):
        assert edited(workspace, person.id, password="stolen").status_code == 200
    assert workspace.login(person.username, "secret").id == person.id


def test_roles_are_changed_by_who_may_assign_them(workspace: Workspace) -> None:
    person = workspace.person()
    with without(workspace, "assign-roles", "admin"):
        answer = edited(workspace, person.id, roles=["bot"])
        reason = "Assign roles is not allowed"
        fails(answer, reason, "error-action-not-allowed", ASSIGNING)
    mine = person.post("v1/users.update", {"userId": person.id, "data": {"roles": ["bot"]}})
    assert mine.json()["error"].startswith("Assign roles is not allowed")
    assert edited(workspace, person.id, roles=["bot"]).json()["user"]["roles"] == ["bot"]


def test_insert_or_update_user(workspace: Workspace) -> None:
    """should fail if user tries to verify their own email; should pass for another user's."""
    admin, person = workspace.admin, workspace.person()
    own = invoke(workspace, admin, "insertOrUpdateUser", [{"_id": admin.id, "verified": True}])
    assert own["error"]["reason"] == "Editing email verification is not allowed"
    given = {"_id": person.id, "verified": True}
    assert invoke(workspace, admin, "insertOrUpdateUser", [given]) == {"result": True}
    assert stored(workspace, person.id)["emails"][0]["verified"] is True
    uid = invoke(workspace, admin, "insertOrUpdateUser", [new()])["result"]
    assert stored(workspace, uid)["roles"] == ["user"]
