"""[/me], [/users.info]: what is shown of people, to themselves and to others."""

from __future__ import annotations

from typing import Any

from tests.support.people import fails
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.workspace import Person, Workspace


def test_own_services_show_that_there_is_a_password_and_no_more(workspace: Workspace) -> None:
    """should return all services fields when request for myself; NOT to another user's info."""
    person = workspace.person()
    factor = {"services.totp": {"enabled": True, "secret": "S"}, "services.google": {"id": "1"}}
    workspace.database["users"].update_one({"_id": person.id}, {"$set": factor})
    shown = {"password": True, "totp": {"enabled": True}, "email2fa": {"enabled": True}}
    assert person.ok("GET", "v1/users.info", {"userId": person.id})["user"]["services"] == shown
    assert person.ok("GET", "v1/me")["services"] == shown
    for who in (workspace.admin, workspace.person()):
        assert "services" not in who.ok("GET", "v1/users.info", {"userId": person.id})["user"]


def test_others_see_addresses_and_roles_by_permission(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    seen = other.ok("GET", "v1/users.info", {"userId": person.id})["user"]
    assert not {"emails", "roles", "lastLogin", "settings", "importIds"} & set(seen)
    full = workspace.admin.ok("GET", "v1/users.info", {"username": person.username})["user"]
    assert full["emails"] == [{"address": f"{person.username}@example.com", "verified": False}]
    assert (full["roles"], full["canViewAllInfo"]) == (["user"], True)
    assert seen["canViewAllInfo"] is False


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
        fails(workspace.admin.get("v1/users.info", **given), "User not found.")


def test_an_imported_user_is_found_by_the_id_of_the_import_by_who_may_see_it(
    workspace: Workspace,
) -> None:
    person, imported = workspace.person(), fresh("import")
    workspace.database["users"].update_one(
        {"_id": person.id}, {"$set": {"importIds": [imported, "more"]}}
    )
    found = workspace.admin.ok("GET", "v1/users.info", {"importId": imported})["user"]
    assert found["_id"] == person.id
    fails(workspace.person().get("v1/users.info", importId=imported), "User not found.")


def test_the_policy_of_passwords_is_there_for_everyone(workspace: Workspace) -> None:
    def policy() -> Any:
        return workspace.http("GET", "v1/pw.getPolicy").json()

    assert policy() == {"enabled": False, "policy": [], "success": True}
    with setting(workspace, "Accounts_Password_Policy_Enabled", True):
        rules = [
            ["get-password-policy-minLength", {"minLength": 7}],
            ["get-password-policy-forbidRepeatingCharacters"],
            [
                "get-password-policy-forbidRepeatingCharactersCount",
                {"forbidRepeatingCharactersCount": 3},
            ],
            ["get-password-policy-mustContainAtLeastOneLowercase"],
            ["get-password-policy-mustContainAtLeastOneUppercase"],
            ["get-password-policy-mustContainAtLeastOneNumber"],
            ["get-password-policy-mustContainAtLeastOneSpecialCharacter"],
        ]
        assert policy() == {"enabled": True, "policy": rules, "success": True}
        with setting(workspace, "Accounts_Password_Policy_MaxLength", 20):
            assert ["get-password-policy-maxLength", {"maxLength": 20}] in policy()["policy"]


def test_who_resets_a_password_asks_for_the_policy_by_the_token(workspace: Workspace) -> None:
    person, token = workspace.person(), fresh("reset")
    change = {"$set": {"services.password.reset": {"token": token}}}
    workspace.database["users"].update_one({"_id": person.id}, change)
    query = {"token": token}
    answer = workspace.http("GET", "v1/pw.getPolicyReset", params=query)
    assert (answer.status_code, answer.json()["enabled"]) == (200, False)
    for wrong in ("", "x"):
        answer = workspace.http("GET", "v1/pw.getPolicyReset", params={"token": wrong})
        assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized")
    assert invoke(workspace, None, "getPasswordPolicy", [query])["result"]["enabled"] is False
    refused = invoke(workspace, None, "getPasswordPolicy", [{"token": "x"}])
    assert refused["error"]["error"] == "error-invalid-user"
    assert "result" in invoke(workspace, person, "getPasswordPolicy", [])
