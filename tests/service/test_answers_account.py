"""Users: what is shown of them, and how new ones come to be."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.domain.workspace import TEST_ADMIN
from tests.support.scene import changes, fresh, refused, snapshot, without
from tests.support.workspace import Json, Person, Workspace


def _new(**more: Any) -> Json:
    name = fresh("u")
    return {"name": name, "username": name, "email": f"{name}@example.com", **more}


def _register(workspace: Workspace, person: Person | None = None, **given: Any) -> Any:
    body = _new(**{"pass": "secret", **given})
    headers = person.headers if person else {}
    return workspace.http("POST", "v1/users.register", json=body, headers=headers)


def _fails(answer: Any, error: str, error_type: Any = None, details: Any = None) -> None:
    body: Json = {"success": False, "error": error}
    if error_type is not None:
        body |= {"error": f"{error} [{error_type}]", "errorType": error_type}
    refused(answer, 400, body | ({"details": details} if details else {}))


def test_no_answer_about_users_holds_a_secret(workspace: Workspace) -> None:
    person, admin = workspace.person(), workspace.admin
    own: dict[str, Any] = {"services.totp": {"enabled": False, "secret": "TOTPSECRET"}}
    own["services.email"] = {"verificationTokens": [{"token": "MAILSECRET"}]}
    own["inviteToken"] = "INVITESECRET"
    workspace.database["users"].update_one({"_id": person.id}, {"$set": own})
    stored = workspace.database["users"].find_one({"_id": person.id})
    assert stored is not None
    login = {"user": person.username, "password": "secret"}
    answers = [
        person.get("v1/me"),
        *(
            who.get("v1/users.info", userId=person.id)
            for who in (person, admin, workspace.person())
        ),
        *(who.get("v1/users.info", username=person.username) for who in (person, admin)),
        workspace.http("POST", "v1/login", json=login),
        admin.post("v1/users.create", _new(password="secret")),
        _register(workspace),
    ]
    secrets = ["$2b$", "$2a$", "bcrypt", "hashedToken", "loginTokens", "SECRET", "_contrail"]
    secrets += [entry["hashedToken"] for entry in stored["services"]["resume"]["loginTokens"]]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert not [secret for secret in secrets if secret in answer.text], answer.text


def test_own_services_show_that_there_is_a_password_and_no_more(workspace: Workspace) -> None:
    person = workspace.person()
    factor = {"services.totp": {"enabled": True, "secret": "S"}, "services.google": {"id": "1"}}
    workspace.database["users"].update_one({"_id": person.id}, {"$set": factor})
    shown = {"password": True, "totp": {"enabled": True}}
    assert person.ok("GET", "v1/users.info", {"userId": person.id})["user"]["services"] == shown
    assert person.ok("GET", "v1/me")["services"] == shown
    for who in (workspace.admin, workspace.person()):
        assert "services" not in who.ok("GET", "v1/users.info", {"userId": person.id})["user"]


def test_others_see_addresses_and_roles_by_permission(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    seen = other.ok("GET", "v1/users.info", {"userId": person.id})["user"]
    assert not {"emails", "roles", "lastLogin", "canViewAllInfo", "settings"} & set(seen)
    full = workspace.admin.ok("GET", "v1/users.info", {"username": person.username})["user"]
    assert full["emails"] == [{"address": f"{person.username}@example.com", "verified": False}]
    assert (full["roles"], full["canViewAllInfo"]) == (["user"], True)


def test_rooms_of_a_user_are_shown_when_asked_for_and_allowed(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    room = workspace.channel(person)

    def rooms(who: Person, wanted: str = "true") -> list[str] | None:
        given = {"userId": person.id, "includeUserRooms": wanted}
        found = who.ok("GET", "v1/users.info", given)["user"].get("rooms")
        return None if found is None else [row["rid"] for row in found]

    assert room["_id"] in (rooms(workspace.admin) or ())
    assert room["_id"] in (rooms(person) or ())
    assert rooms(other) is None
    assert rooms(person, "false") is None
    assert "rooms" not in workspace.admin.ok("GET", "v1/users.info", {"userId": person.id})["user"]


def test_a_user_who_does_not_exist_is_not_found(workspace: Workspace) -> None:
    for given in ({"userId": fresh("x")}, {"username": fresh("x")}, {"importId": fresh("x")}):
        _fails(workspace.admin.get("v1/users.info", **given), "User not found.")


def test_an_imported_user_is_found_by_the_id_of_the_import(workspace: Workspace) -> None:
    person, imported = workspace.person(), fresh("import")
    workspace.database["users"].update_one(
        {"_id": person.id}, {"$set": {"importIds": [imported, "more"]}}
    )
    found = workspace.admin.ok("GET", "v1/users.info", {"importId": imported})["user"]
    assert found["_id"] == person.id


def test_registering_makes_a_user_who_can_log_in_and_is_in_the_default_room(
    workspace: Workspace,
) -> None:
    user = _register(workspace).json()["user"]
    person = workspace.login(user["username"], "secret")
    me = person.ok("GET", "v1/me")
    assert (me["_id"], me["roles"], me["name"]) == (user["_id"], ["user"], user["name"])
    rooms = [row["rid"] for row in person.ok("GET", "v1/subscriptions.get")["update"]]
    assert rooms == ["GENERAL"]


@pytest.mark.parametrize(
    ("given", "error", "error_type"),
    [
        ({"username": "TAKEN"}, "Username is already in use", None),
        ({"username": "TAKEN-"}, "Username is already in use", None),
        ({"email": "TAKEN@example.com"}, "Email already exists.", 403),
        ({"name": "a>b"}, "Name contains invalid characters", None),
        ({"name": "a<b"}, "Name contains invalid characters", None),
        ({"name": "a/b"}, "Name contains invalid characters", None),
        ({"name": "a\\b"}, "Name contains invalid characters", None),
        ({"name": "  "}, "Name is required", None),
    ],
)
def test_a_registration_that_cannot_be_is_refused(
    workspace: Workspace, given: Json, error: str, error_type: Any
) -> None:
    taken = workspace.person().username
    given = {
        key: value.replace("TAKEN-", taken.upper()).replace("TAKEN", taken)
        for key, value in given.items()
    }
    before = snapshot(workspace)
    _fails(_register(workspace, **given), error, error_type)
    assert not changes(workspace, before)


def test_names_and_addresses_must_be_usable(workspace: Workspace) -> None:
    details = {"method": "insertOrUpdateUser", "field": "Username"}
    for making in (
        lambda **given: workspace.admin.post("v1/users.create", _new(password="x", **given)),
        lambda **given: _register(workspace, **given),
    ):
        for name in ("admin", "Administrator", "system", "user"):
            reason = f"{name} is blocked and can't be used!"
            _fails(making(username=name), reason, "error-blocked-username", details)
        for name in ("with space", "näme", "a/b", "$name", "", "a\0b", "a\n"):
            reason = f"{name} is not a valid username"
            code = "error-input-is-not-a-valid-field"
            _fails(making(username=name), reason, code, details)
        for address in ("", "name", "a@b", "a@b.c", "a b@example.com", "a@example.com\0"):
            reason = f"Invalid email {address}"
            _fails(making(email=address), reason, "error-invalid-email", {"email": address})


def test_who_is_logged_in_does_not_register(workspace: Workspace) -> None:
    answer = _register(workspace, workspace.person())
    _fails(answer, "Logged in users can not register again.")


@pytest.mark.parametrize("form", ["Disabled", "Secret URL"])
def test_registration_can_be_closed(new_workspace: Callable[..., Workspace], form: str) -> None:
    settings = {"Accounts_RegistrationForm": form, "Accounts_RegistrationForm_SecretURL": "open"}
    workspace = new_workspace(overwrites=settings)
    if form == "Disabled":
        reason = "User registration is disabled"
        _fails(_register(workspace), reason, "error-user-registration-disabled")
        return
    reason = "User registration is only allowed via Secret URL"
    for secret in (None, "closed", "", "öpen"):
        answer = _register(workspace, secretURL=secret)
        _fails(answer, reason, "error-user-registration-secret")
    assert _register(workspace, secretURL="open").status_code == 200


def test_new_users_may_have_to_wait_for_an_admin(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace(overwrites={"Accounts_ManuallyApproveNewUsers": "true"})
    user = _register(workspace, reason="I work here").json()["user"]
    assert user["active"] is False
    stored = workspace.database["users"].find_one({"_id": user["_id"]})
    assert stored is not None
    assert stored["reason"] == "I work here"
    login = {"user": user["username"], "password": "secret"}
    assert workspace.http("POST", "v1/login", json=login).json()["error"] == (
        "error-user-is-not-activated"
    )


def _admins(workspace: Workspace) -> list[str]:
    found = workspace.database["users"].find({"roles": "admin"})
    return [user["username"] for user in found]


def test_the_first_to_register_becomes_admin_and_no_one_after(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(test_mode=False)
    assert _admins(workspace) == []
    first, second = (_register(workspace).json()["user"]["username"] for _ in range(2))
    assert _admins(workspace) == [first]
    assert "admin" in workspace.login(first, "secret").ok("GET", "v1/me")["roles"]
    assert workspace.login(second, "secret").ok("GET", "v1/me")["roles"] == ["user"]


def test_of_many_registering_at_once_one_becomes_admin(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(test_mode=False)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _register(workspace), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(_admins(workspace)) == 1


def test_a_registration_that_died_half_way_still_gives_an_admin(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(test_mode=False)
    first = _register(workspace).json()["user"]
    demoted = {"$set": {"roles": ["user"]}}  # as it is before the last step
    workspace.database["users"].update_one({"_id": first["_id"]}, demoted)
    assert _register(workspace).status_code == 200
    assert _admins(workspace) == [first["username"]]


def test_where_there_is_an_admin_no_one_becomes_it_by_registering(
    new_workspace: Callable[..., Workspace],
) -> None:
    given = {"admin_username": "boss", "admin_pass": "secret1", "admin_email": "boss@example.com"}
    workspace = new_workspace(test_mode=False, admin_name="The Boss", **given)
    assert _register(workspace).status_code == 200
    assert _admins(workspace) == ["boss"]
    me = workspace.login("boss", "secret1").ok("GET", "v1/me")
    assert (me["name"], me["roles"], me["email"]) == ("The Boss", ["admin"], "boss@example.com")
    assert me["emails"] == [{"address": "boss@example.com", "verified": True}]


def test_test_mode_has_the_admin_that_suites_log_in_as(workspace: Workspace) -> None:
    me = workspace.admin.ok("GET", "v1/me")
    assert (me["_id"], me["username"], me["roles"]) == (TEST_ADMIN, TEST_ADMIN, ["admin"])
    assert me["emails"] == [{"address": f"{TEST_ADMIN}@rocket.chat", "verified": False}]


def test_an_admin_makes_users_with_what_is_given(workspace: Workspace) -> None:
    given = _new(password="secret", nickname="Nick", bio="Bio", statusText="Here", verified=True)
    given |= {"roles": ["user", "bot"], "requirePasswordChange": True}
    user = workspace.admin.ok("POST", "v1/users.create", given)["user"]
    kept = ("name", "username", "nickname", "bio", "statusText", "roles", "requirePasswordChange")
    assert {key: user[key] for key in kept} == {key: given[key] for key in kept}
    assert user["emails"] == [{"address": given["email"], "verified": True}]
    assert workspace.login(given["username"], "secret").id == user["_id"]


def test_only_users_who_want_it_join_the_default_rooms(workspace: Workspace) -> None:
    for wanted in (True, False):
        person = workspace.person(joinDefaultChannels=wanted)
        rooms = [row["rid"] for row in person.ok("GET", "v1/subscriptions.get")["update"]]
        assert rooms == ["GENERAL"] * wanted


def test_names_that_are_taken_are_refused_to_admins_too(workspace: Workspace) -> None:
    taken = workspace.person().username
    address = f"{taken}@example.com"
    for given in ({"username": taken}, {"username": taken.upper()}, {"email": address.upper()}):
        (value,) = given.values()
        details = {"method": "insertOrUpdateUser", "field": value}
        answer = workspace.admin.post("v1/users.create", {**_new(password="secret"), **given})
        _fails(answer, f"{value} is already in use :(", "error-field-unavailable", details)


def test_giving_roles_needs_permission_of_its_own(workspace: Workspace) -> None:
    details = {"method": "insertOrUpdateUser", "action": "Assign_role"}
    code = "error-action-not-allowed"

    def make(*roles: str) -> Any:
        return workspace.admin.post("v1/users.create", _new(password="secret", roles=list(roles)))

    before = snapshot(workspace)
    for roles in (("user", "no-such-role"), ()):
        _fails(make(*roles), "The field Roles consist invalid role id", code, details)
    assert not changes(workspace, before)
    with without(workspace, "assign-roles", "admin"):
        _fails(make("user"), "Assigning roles is not allowed", code, details)
    with without(workspace, "assign-admin-role", "admin"):
        _fails(make("admin"), "Assigning admin is not allowed", code, details)
    assert make("admin").status_code == 200
