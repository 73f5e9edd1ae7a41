"""[/users.updateOwnBasicInfo] and its DDP twins: people changing their own profile."""

from __future__ import annotations

import pytest

from contrail.domain.users import digest
from tests.support.people import fails, own, stored
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace

CURRENT = digest("secret")
REQUIRED = {"method": "password", "codeGenerated": False, "availableMethods": []}
UPDATING = {"method": "insertOrUpdateUser", "action": "Update_user"}


def test_should_update_the_user_name_only(workspace: Workspace) -> None:
    person, name = workspace.person(), fresh("u")
    user = own(person, username=name).json()["user"]
    assert (user["username"], user["services"]["password"]) == (name, True)
    assert workspace.login(name, "secret").id == person.id


def test_should_update_what_is_given_and_no_more(workspace: Workspace) -> None:
    person = workspace.person()
    data = {"name": "Own Name", "bio": "Bio", "nickname": "Nick", "statusText": "Text"}
    user = own(person, **data, statusType="busy").json()["user"]
    assert {key: user[key] for key in data} == data
    assert (user["status"], user["statusDefault"]) == ("busy", "busy")
    assert user["username"] == person.username
    before = snapshot(workspace)
    assert own(person).status_code == 200
    assert not changes(workspace, before)


def test_should_throw_an_error_when_user_try_change_email_without_the_password(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    before = snapshot(workspace)
    for data in ({"email": f"{fresh('e')}@example.com"}, {"newPassword": "another"}):
        fails(own(person, **data), "TOTP Required", "totp-required", REQUIRED)
        answer = own(person, **data, currentPassword=digest("wrong"))
        assert answer.json()["errorType"] == "totp-invalid"
    assert not [one for name, one in changes(workspace, before) if name == "users"]


def test_should_set_new_email_as_unverified(workspace: Workspace) -> None:
    person, email = workspace.person(), f"{fresh('E')}@Example.com"
    change = {"$set": {"emails.0.verified": True}}
    workspace.database["users"].update_one({"_id": person.id}, change)
    user = own(person, email=email, currentPassword=CURRENT).json()["user"]
    assert user["emails"] == [{"address": email.lower(), "verified": False}]
    taken = f"{workspace.person().username}@example.com"
    answer = own(person, email=taken.upper(), currentPassword=CURRENT)
    assert answer.json()["errorType"] == "error-field-unavailable"


def test_the_second_factor_may_come_in_the_headers(workspace: Workspace) -> None:
    person, email = workspace.person(), f"{fresh('e')}@example.com"
    headers = {**person.headers, "x-2fa-code": CURRENT, "x-2fa-method": "password"}
    body = {"data": {"email": email}}
    path = "v1/users.updateOwnBasicInfo"
    assert workspace.http("POST", path, json=body, headers=headers).status_code == 200
    assert stored(workspace, person.id)["emails"][0]["address"] == email


@pytest.mark.parametrize("name", ["admin", "administrator", "system", "user", "a b", "ü"])
def test_should_not_update_basic_info_if_the_new_username_is_a_reserved_word(
    workspace: Workspace, name: str
) -> None:
    person = workspace.person()
    details = {"method": "saveUserProfile"}
    answer = own(person, username=name)
    fails(answer, "Could not save user identity", "error-could-not-save-identity", details)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"name": "    "}, "Could not save user identity [error-could-not-save-identity]"),
        ({"name": "a<b"}, "Name contains invalid characters"),
        ({"bio": "x" * 261}, "Bio size exceeds 260 characters [error-bio-size-exceeded]"),
        (
            {"nickname": "x" * 121},
            "Nickname size exceeds 120 characters [error-nickname-size-exceeded]",
        ),
        (
            {"statusType": "gone"},
            "Valid status types include online, away, offline, and busy. [error-invalid-status]",
        ),
    ],
)
def test_a_profile_that_cannot_be_changes_nothing(
    workspace: Workspace, data: Json, error: str
) -> None:
    person = workspace.person()
    before = snapshot(workspace)
    answer = own(person, **{"statusText": "never", "bio": "never", **data})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not changes(workspace, before)


@pytest.mark.parametrize(
    ("name", "data", "called"),
    [
        ("Accounts_AllowRealNameChange", {"name": "Other"}, "user real name"),
        ("Accounts_AllowUsernameChange", {"username": "other.name"}, "username"),
        ("Accounts_AllowUserStatusMessageChange", {"statusText": "other"}, "user status"),
        ("Accounts_AllowEmailChange", {"email": "other@example.com"}, "user email"),
        ("Accounts_AllowPasswordChange", {"newPassword": "other"}, "user password"),
    ],
)
def test_should_throw_an_error_if_not_allowed_to_change(
    workspace: Workspace, name: str, data: Json, called: str
) -> None:
    person = workspace.person()
    with setting(workspace, name, False):
        answer = own(person, **data, currentPassword=CURRENT)
        fails(answer, f"Edit {called} is not allowed", "error-action-not-allowed", UPDATING)


def test_profiles_may_be_fixed(workspace: Workspace) -> None:
    person = workspace.person()
    with setting(workspace, "Accounts_AllowUserProfileChange", False):
        answer = own(person, bio="x")
        fails(answer, "Not allowed", "error-not-allowed", {"method": "saveUserProfile"})


AGAINST = "which is against the password policy."
RULES = {
    "minLength": ("Aa1-", "The password does not meet the minimum length password policy."),
    "maxLength": ("Aa1-" * 6, "The password does not meet the maximum length password policy."),
    "repeatingCharacters": ("Aa1-bbbb", f"The password contains repeating characters {AGAINST}"),
    "oneLowercase": (
        "ABC-1234",
        f"The password does not contain at least one lowercase character {AGAINST}",
    ),
    "oneUppercase": (
        "abc-1234",
        f"The password does not contain at least one uppercase character {AGAINST}",
    ),
    "oneNumber": (
        "abc-ABCD",
        f"The password does not contain at least one numerical character {AGAINST}",
    ),
    "oneSpecial": (
        "abcABC123",
        f"The password does not contain at least one special character {AGAINST}",
    ),
}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_password_policy_should_throw_an_error_if_the_password_breaks_a_rule(
    workspace: Workspace, rule: str
) -> None:
    password, message = RULES[rule]
    person, prefix = workspace.person(), "Accounts_Password_Policy"
    with (
        setting(workspace, f"{prefix}_Enabled", True),
        setting(workspace, f"{prefix}_MaxLength", 20),
    ):
        answer = own(person, newPassword=password, currentPassword=CURRENT)
    details = [{"error": f"error-password-policy-not-met-{rule}", "message": message}]
    reason = "The password provided does not meet the server's password policy."
    fails(answer, reason, "error-password-policy-not-met", details)
    assert workspace.login(person.username, "secret").id == person.id


def test_should_be_able_to_update_if_the_password_meets_all_the_validation_rules(
    workspace: Workspace,
) -> None:
    """The other logins end with the old password; this one goes on."""
    person = workspace.person()
    other = workspace.login(person.username, "secret")
    with setting(workspace, "Accounts_Password_Policy_Enabled", True):
        answer = own(person, newPassword="123Abc@!", currentPassword=CURRENT)
    assert answer.status_code == 200
    assert workspace.login(person.username, "123Abc@!").id == person.id
    assert (person.get("v1/me").status_code, other.get("v1/me").status_code) == (200, 401)


def test_passwords_are_not_used_again(workspace: Workspace) -> None:
    person = workspace.person()

    def change(old: str, new: str) -> str | None:
        answer = own(person, newPassword=new, currentPassword=digest(old)).json()
        code: str | None = answer.get("errorType")
        return code

    assert change("secret", "secret") == "error-password-same-as-current"
    with (
        setting(workspace, "Accounts_Password_History_Enabled", True),
        setting(workspace, "Accounts_Password_History_Amount", 2),
    ):
        assert change("secret", "one") is None
        assert change("one", "two") is None
        assert change("two", "secret") == "error-password-in-history"
        assert change("two", "three") is None
        assert change("three", "one") == "error-password-in-history"
        assert change("three", "secret") is None, "two are remembered, this was the third"
    history = stored(workspace, person.id)["services"]["passwordHistory"]
    assert len(history) == 2
    assert "passwordHistory" not in person.get("v1/me").text


def test_who_has_no_password_here_gets_none(workspace: Workspace) -> None:
    person = workspace.person()
    change = {"$unset": {"services.password": ""}}
    workspace.database["users"].update_one({"_id": person.id}, change)
    assert own(person, newPassword="x" * 9, currentPassword=CURRENT).status_code == 400
    assert "password" not in stored(workspace, person.id)["services"]


def test_saving_a_profile_over_ddp(workspace: Workspace) -> None:
    person, name = workspace.person(), fresh("u")
    given = {"realname": "Real", "username": name, "bio": "B", "statusType": "away"}
    assert invoke(workspace, person, "saveUserProfile", [given, {}]) == {"result": True}
    user = stored(workspace, person.id)
    kept = (user["name"], user["username"], user["bio"], user["status"])
    assert kept == ("Real", name, "B", "away")
    given = {"newPassword": "another"}
    refused = invoke(workspace, person, "saveUserProfile", [given, {}])["error"]
    assert (refused["error"], refused["details"]) == ("totp-required", REQUIRED)
    proof = {"twoFactorCode": CURRENT, "twoFactorMethod": "password"}
    assert invoke(workspace, person, "saveUserProfile", [given, {}, proof]) == {"result": True}
    assert workspace.login(name, "another").id == person.id


def test_single_fields_over_ddp(workspace: Workspace) -> None:
    person, email = workspace.person(), f"{fresh('e')}@example.com"
    assert invoke(workspace, person, "setRealName", ["Real"]) == {"result": "Real"}
    assert invoke(workspace, person, "setEmail", [email]) == {"result": email}
    assert invoke(workspace, person, "userSetUtcOffset", [-3.5]) == {}
    assert invoke(workspace, None, "userSetUtcOffset", [1]) == {}
    user = stored(workspace, person.id)
    assert (user["name"], user["emails"][0]["address"], user["utcOffset"]) == ("Real", email, -3.5)
    for name, given, code in (
        ("setRealName", " ", "error-could-not-change-name"),
        ("setUsername", "", "error-invalid-username"),
        ("setUsername", "a b", "username-invalid"),
        ("setUsername", workspace.person().username, "error-field-unavailable"),
        ("setUsername", "system", "error-blocked-username"),
        ("setEmail", "none", "error-invalid-email"),
        ("userSetUtcOffset", 99, 400),
        ("setUserPassword", "another", "error-not-allowed"),
    ):
        assert invoke(workspace, person, name, [given])["error"]["error"] == code, name
    for setting_id, name, given in (
        ("Accounts_AllowRealNameChange", "setRealName", "Other"),
        ("Accounts_AllowUsernameChange", "setUsername", fresh("u")),
        ("Accounts_AllowEmailChange", "setEmail", email),
    ):
        with setting(workspace, setting_id, False):
            refused = invoke(workspace, person, name, [given])["error"]
            assert refused["error"] == "error-not-allowed", name


def test_a_password_that_has_to_be_changed_is_changed_without_another_proof(
    workspace: Workspace,
) -> None:
    person = workspace.person(requirePasswordChange=True)
    same = invoke(workspace, person, "setUserPassword", ["secret"])["error"]
    assert same["error"] == "error-password-same-as-current"
    assert invoke(workspace, person, "setUserPassword", ["another"]) == {}
    assert workspace.login(person.username, "another").id == person.id
    assert stored(workspace, person.id)["requirePasswordChange"] is False


def test_custom_fields_of_ones_own(workspace: Workspace) -> None:
    person, declared = workspace.person(), '{"a": {"type": "text", "maxLength": 3}}'
    path = "v1/users.updateOwnBasicInfo"
    with setting(workspace, "Accounts_CustomFields", declared):
        given = {"data": {}, "customFields": {"a": "one", "b": "x"}}
        user = person.ok("POST", path, given)["user"]
        assert user["customFields"] == {"a": "one"}
        answer = person.post(path, {"data": {}, "customFields": {"a": "long"}})
        assert answer.json()["errorType"] == "error-user-registration-custom-field"
        assert invoke(workspace, person, "saveCustomFields", [{"a": "two"}]) == {}
    assert stored(workspace, person.id)["customFields"] == {"a": "two"}
