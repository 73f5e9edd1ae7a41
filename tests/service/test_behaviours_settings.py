"""What clients rely on of settings, permissions and roles beside the tests of each endpoint."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.people import fails
from tests.support.scene import invoke, refused
from tests.support.settings import put, setting, value_of
from tests.support.strict import Moving
from tests.support.workspace import Json, Workspace

PREFIX = "Block_Multiple_Failed_Logins_"


def test_over_rest_a_number_need_not_be_whole(workspace: Workspace) -> None:
    name = f"{PREFIX}Time_To_Unblock_By_User_In_Minutes"
    with setting(workspace, name, 0.05):
        assert value_of(workspace, name) == 0.05
        assert workspace.admin.ok("GET", f"v1/settings/{name}")["value"] == 0.05
        error = invoke(workspace, workspace.admin, "saveSetting", [name, 0.05, None])["error"]
        assert error["error"] == "Invalid setting value 0.05"


def test_logins_are_blocked_for_some_seconds_by_settings_that_are_changed_meanwhile(
    new_workspace: Callable[..., Workspace],
) -> None:
    clock = Moving()
    workspace = new_workspace(clock=clock)
    person = workspace.person()
    login = {"user": f"{person.username}@example.com", "password": "secret"}
    put(workspace, f"{PREFIX}By_Ip", False)
    put(workspace, f"{PREFIX}Attempts_Until_Block_by_User", 2)
    put(workspace, f"{PREFIX}Time_To_Unblock_By_User_In_Minutes", 3 / 60)

    def answer(**more: str) -> Json:
        body: Json = workspace.http("POST", "v1/login", json={**login, **more}).json()
        return body

    wrong = {"status": "error", "error": "Unauthorized", "message": "Unauthorized"}
    for _ in range(2):
        assert answer(password="incorrect") == {"success": False, **wrong}
    assert answer()["error"] == "error-login-blocked-for-user"
    clock.forward(seconds=2)
    assert answer()["error"] == "error-login-blocked-for-user"
    clock.forward(seconds=1.1)
    assert answer()["status"] == "success"


def test_private_settings_page_by_page_with_their_defaults(workspace: Workspace) -> None:
    given = {"count": 5, "offset": 0, "includeDefaults": "true"}
    page = workspace.admin.ok("GET", "v1/settings", given)
    assert all("packageValue" in row for row in page["settings"] if "value" in row)
    assert workspace.http("GET", "v1/settings").status_code == 401


def test_a_service_is_listed_from_the_moment_it_is_on(workspace: Workspace) -> None:
    """Whatever else is set: suites switch it on and ask."""

    def listed() -> set[str]:
        answer = workspace.http("GET", "v1/service.configurations").json()
        return {row["service"] for row in answer["configurations"]}

    with setting(workspace, "Accounts_OAuth_Google", True):
        assert "google" in listed()
    assert "google" not in listed()


def test_a_permission_may_be_nobodys(workspace: Workspace) -> None:
    listed = workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    before = next(row["roles"] for row in listed if row["_id"] == "view-outside-room")
    given = {"_id": "view-outside-room", "roles": []}
    answer = workspace.admin.ok("POST", "v1/permissions.update", {"permissions": [given]})
    (after,) = (row for row in answer["permissions"] if row["_id"] == given["_id"])
    restored = {"permissions": [{**given, "roles": before}]}
    workspace.admin.ok("POST", "v1/permissions.update", restored)
    assert after["roles"] == []


def test_permissions_are_changed_by_who_may_see_them_alone(workspace: Workspace) -> None:
    given = {"permissions": [{"_id": "add-oauth-service", "roles": ["admin", "user"]}]}
    body: Json = {"success": False, "error": "Editing permissions is not allowed"}
    body["errorType"] = "error-edit-permissions-not-allowed"
    refused(workspace.person().post("v1/permissions.update", given), 400, body)


def test_without_enterprise_a_role_is_not_updated(workspace: Workspace) -> None:
    given = {"roleId": "user", "name": "user", "scope": "Users", "description": "x"}
    answer = workspace.admin.post("v1/roles.update", given)
    fails(answer, "This is an enterprise feature", "error-action-not-allowed")
