"""[/users.register] and DDP registerUser: who may come in, and as what."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.people import fails, new, register, stored
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace


def _form(**more: Any) -> list[Json]:
    given = new()
    return [{"email": given["email"], "name": given["name"], "pass": "secret", **more}]


def test_should_register_new_user_who_can_log_in_and_is_in_the_default_room(
    workspace: Workspace,
) -> None:
    user = register(workspace).json()["user"]
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
        ({"username": "a b"}, "The username provided is not valid", None),
        ({"username": "näme"}, "The username provided is not valid", None),
        ({"username": "a\n"}, "The username provided is not valid", None),
        ({"username": ""}, "The username provided is not valid", None),
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
    fails(register(workspace, **given), error, error_type)
    assert not changes(workspace, before)


def test_reserved_names_are_nobodys(workspace: Workspace) -> None:
    for name in ("admin", "Administrator", "system", "USER"):
        details = {"method": "checkUsernameAvailability", "field": name}
        reason = f"{name} is blocked and can't be used!"
        fails(register(workspace, username=name), reason, "error-blocked-username", details)
    with setting(workspace, "Accounts_BlockedUsernameList", "boss, chief"):
        answer = register(workspace, username="Chief")
        assert answer.json()["errorType"] == "error-blocked-username"


def test_names_may_be_in_any_script_where_the_workspace_says_so(workspace: Workspace) -> None:
    with setting(workspace, "UTF8_User_Names_Validation", r"[\w.-]+"):
        name = f"{fresh('я')}-ж"
        user = register(workspace, username=name).json()["user"]
        assert user["username"] == name
        fails(register(workspace, username=name.upper()), "Username is already in use")
    with setting(workspace, "UTF8_User_Names_Validation", "[("):
        assert register(workspace).status_code == 200
        fails(register(workspace, username="ü"), "The username provided is not valid")


def test_who_is_logged_in_does_not_register(workspace: Workspace) -> None:
    answer = register(workspace, workspace.person())
    fails(answer, "Logged in users can not register again.")


def test_of_fifty_who_register_one_name_at_once_one_gets_it(workspace: Workspace) -> None:
    name = fresh("u")
    names = [name if place % 2 else name.title() for place in range(50)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda one: register(workspace, username=one), names))
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(lost) == 49
    for answer in lost:
        fails(answer, "Username is already in use")
    pattern = {"$regex": f"^{name}$", "$options": "i"}
    assert workspace.database["users"].count_documents({"username": pattern}) == 1


def test_of_many_who_register_one_address_at_once_one_gets_it(workspace: Workspace) -> None:
    email = f"{fresh('e')}@example.com"
    emails = [email if place % 2 else email.upper() for place in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda one: register(workspace, email=one), emails))
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(lost) == 9
    for answer in lost:
        fails(answer, "Email already exists.", 403)


@pytest.mark.parametrize("form", ["Disabled", "Secret URL"])
def test_registration_can_be_closed(new_workspace: Callable[..., Workspace], form: str) -> None:
    settings = {"Accounts_RegistrationForm": form, "Accounts_RegistrationForm_SecretURL": "open"}
    workspace = new_workspace(overwrites=settings)
    details = {"method": "registerUser"}
    if form == "Disabled":
        reason, code = "User registration is disabled", "error-user-registration-disabled"
        fails(register(workspace), reason, code, details)
        assert invoke(workspace, None, "registerUser", _form())["error"]["error"] == code
        return
    reason = "User registration is only allowed via Secret URL"
    for secret in (None, "closed", "", "öpen"):
        answer = register(workspace, secretURL=secret)
        fails(answer, reason, "error-user-registration-secret", details)
    assert register(workspace, secretURL="open").status_code == 200
    assert register(workspace, secret="open").status_code == 200


def test_an_empty_secret_opens_nothing(new_workspace: Callable[..., Workspace]) -> None:
    settings = {"Accounts_RegistrationForm": "Secret URL"}
    workspace = new_workspace(overwrites=settings | {"Accounts_RegistrationForm_SecretURL": ""})
    assert register(workspace, secretURL="").status_code == 400


def test_new_users_may_have_to_wait_for_an_admin(workspace: Workspace) -> None:
    with setting(workspace, "Accounts_ManuallyApproveNewUsers", True):
        user = register(workspace, reason=" I work here ").json()["user"]
    assert user["active"] is False
    assert stored(workspace, user["_id"])["reason"] == "I work here"
    login = {"user": user["username"], "password": "secret"}
    refused = workspace.http("POST", "v1/login", json=login).json()
    assert refused["error"] == "error-user-is-not-activated"
    given = {"userId": user["_id"], "activeStatus": True}
    workspace.admin.ok("POST", "v1/users.setActiveStatus", given)
    assert workspace.login(user["username"], "secret").id == user["_id"]
    assert "reason" not in stored(workspace, user["_id"])


def test_unverified_addresses_keep_people_out_where_the_workspace_asks_for_verified_ones(
    workspace: Workspace,
) -> None:
    user = register(workspace).json()["user"]
    login = {"user": user["username"], "password": "secret"}
    with setting(workspace, "Accounts_EmailVerification", True):
        assert workspace.http("POST", "v1/login", json=login).status_code == 401
        given = {"userId": user["_id"], "data": {"verified": True}}
        workspace.admin.ok("POST", "v1/users.update", given)
        assert workspace.http("POST", "v1/login", json=login).status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "good", "bad", "code"),
    [
        ("Accounts_AllowedDomainsList", "ours.com, Also.com", "also.com", "example.com", "domain"),
        ("Accounts_BlockedDomainsList", "bad.com", "good.com", "BAD.com", "blacklisted"),
    ],
)
def test_addresses_of_some_domains_only(
    workspace: Workspace, name: str, value: str, good: str, bad: str, code: str
) -> None:
    codes = {"domain": "error-invalid-domain", "blacklisted": "error-email-domain-blacklisted"}
    with setting(workspace, name, value):
        assert register(workspace, email=f"{fresh('e')}@{good}").status_code == 200
        answer = register(workspace, email=f"{fresh('e')}@{bad}")
        assert (answer.status_code, answer.json()["errorType"]) == (400, codes[code])


def test_custom_fields_are_checked_and_kept(workspace: Workspace) -> None:
    declared = '{"team": {"type": "select", "required": true, "options": ["red", "blue"]}}'
    with setting(workspace, "Accounts_CustomFields", declared):
        answer = register(workspace, customFields={"team": "green"})
        assert answer.json()["errorType"] == "error-user-registration-custom-field"
        user = register(workspace, customFields={"team": "red", "x": "y"}).json()["user"]
    assert stored(workspace, user["_id"])["customFields"] == {"team": "red"}


def test_passwords_must_meet_the_policy(workspace: Workspace) -> None:
    with setting(workspace, "Accounts_Password_Policy_Enabled", True):
        before = snapshot(workspace)
        answer = register(workspace, password="secret")
        assert answer.json()["errorType"] == "error-password-policy-not-met"
        assert not changes(workspace, before)
        assert register(workspace, password="Secret-12").status_code == 200


def test_over_ddp_the_username_comes_later_and_with_it_the_default_rooms(
    workspace: Workspace,
) -> None:
    form = _form()
    uid = invoke(workspace, None, "registerUser", form)["result"]
    user = stored(workspace, uid)
    assert "username" not in user
    login = {"user": form[0]["email"], "password": "secret"}
    data = workspace.http("POST", "v1/login", json=login).json()["data"]
    name, subscriptions = fresh("u"), workspace.database["rocketchat_subscription"]
    headers = {"X-User-Id": uid, "X-Auth-Token": data["authToken"]}
    assert subscriptions.count_documents({"u._id": uid}) == 0
    person = workspace.admin.__class__(workspace, uid, data["authToken"], name)
    assert person.headers == headers
    assert invoke(workspace, person, "setUsername", [name]) == {"result": name}
    assert stored(workspace, uid)["username"] == name
    assert subscriptions.count_documents({"u._id": uid, "rid": "GENERAL"}) == 1


def test_a_name_with_odd_characters_registers_nobody_over_ddp_either(workspace: Workspace) -> None:
    for name in ("<img src=x>", "a/b", "a\\b"):
        error = invoke(workspace, None, "registerUser", _form(name=name))["error"]
        known = ("error-invalid-name", "Name contains invalid characters")
        assert (error["error"], error["reason"]) == known
    assert "result" in invoke(workspace, None, "registerUser", _form(name="Ann O'Nym"))


def test_anonymous_people_write_where_the_workspace_lets_them(workspace: Workspace) -> None:
    refused = invoke(workspace, None, "registerUser", [{}])["error"]
    assert refused["errorType"] == "Match.Error"
    with (
        setting(workspace, "Accounts_AllowAnonymousRead", True),
        setting(workspace, "Accounts_AllowAnonymousWrite", True),
    ):
        result = invoke(workspace, None, "registerUser", [{}])["result"]
    assert set(result) == {"token", "when"}
    answer = workspace.http("POST", "v1/login", json={"resume": result["token"]}).json()
    assert answer["data"]["me"]["roles"] == ["anonymous"]


def _admins(workspace: Workspace) -> list[str]:
    found = workspace.database["users"].find({"roles": "admin"})
    return [user["username"] for user in found]


def test_the_first_to_register_becomes_admin_and_no_one_after(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(test_mode=False, overwrites=UNLIMITED)
    assert _admins(workspace) == []
    first, second = (register(workspace).json()["user"]["username"] for _ in range(2))
    assert _admins(workspace) == [first]
    assert "admin" in workspace.login(first, "secret").ok("GET", "v1/me")["roles"]
    assert workspace.login(second, "secret").ok("GET", "v1/me")["roles"] == ["user"]


UNLIMITED = {"API_Enable_Rate_Limiter": "false"}


def test_of_many_registering_at_once_one_becomes_admin(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(test_mode=False, overwrites=UNLIMITED)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: register(workspace), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(_admins(workspace)) == 1


def test_a_registration_that_died_half_way_still_gives_an_admin(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(test_mode=False, overwrites=UNLIMITED)
    first = register(workspace).json()["user"]
    demoted = {"$set": {"roles": ["user"]}}  # as it is before the last step
    workspace.database["users"].update_one({"_id": first["_id"]}, demoted)
    assert register(workspace).status_code == 200
    assert _admins(workspace) == [first["username"]]


def test_where_there_is_an_admin_no_one_becomes_it_by_registering(
    new_workspace: Callable[..., Workspace],
) -> None:
    given = {"admin_username": "boss", "admin_pass": "secret1", "admin_email": "boss@example.com"}
    workspace = new_workspace(test_mode=False, admin_name="The Boss", **given)
    assert register(workspace).status_code == 200
    assert _admins(workspace) == ["boss"]
    me = workspace.login("boss", "secret1").ok("GET", "v1/me")
    assert (me["name"], me["roles"], me["email"]) == ("The Boss", ["admin"], "boss@example.com")
    assert me["emails"] == [{"address": "boss@example.com", "verified": True}]
