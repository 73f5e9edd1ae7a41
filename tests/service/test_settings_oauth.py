"""Login services over OAuth, as settings switch them on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.scene import fresh, invoke, refused
from tests.support.settings import put, setting
from tests.support.workspace import Json, Workspace


def _configurations(workspace: Workspace) -> dict[str, Json]:
    answer = workspace.http("GET", "v1/service.configurations")
    assert answer.status_code == 200
    return {row["service"]: row for row in answer.json()["configurations"]}


def _services(workspace: Workspace) -> list[Json]:
    rows: list[Json] = workspace.http("GET", "v1/settings.oauth").json()["services"]
    return rows


def _ids(workspace: Workspace, name: str) -> set[str]:
    match = {"_id": {"$regex": f"^Accounts_OAuth_Custom-{name}"}}
    return {row["_id"] for row in workspace.database["rocketchat_settings"].find(match)}


def test_service_configurations_with_oauth_enabled_should_include_the_service(
    workspace: Workspace,
) -> None:
    with (
        setting(workspace, "Accounts_OAuth_Google_id", "client"),
        setting(workspace, "Accounts_OAuth_Google", True),
    ):
        google = _configurations(workspace)["google"]
        assert (google["clientId"], google["custom"]) == ("client", False)
        assert "secret" not in google
    assert "google" not in _configurations(workspace), "with OAuth disabled it is not included"


@pytest.mark.parametrize("logged_in", [True, False])
def test_settings_oauth_should_have_list_of_available_services(
    workspace: Workspace, logged_in: bool
) -> None:
    with (
        setting(workspace, "Accounts_OAuth_Facebook_id", "app"),
        setting(workspace, "Accounts_OAuth_Facebook", True),
    ):
        headers = workspace.admin.headers if logged_in else {}
        answer = workspace.http("GET", "v1/settings.oauth", headers=headers)
        assert answer.json() == {
            "services": [
                {
                    "_id": "facebook",
                    "name": "facebook",
                    "clientId": "app",
                    "buttonLabelText": "",
                    "buttonColor": "",
                    "buttonLabelColor": "",
                    "custom": False,
                }
            ],
            "success": True,
        }
        assert _configurations(workspace)["facebook"]["appId"] == "app"


def test_a_custom_service_is_added_configured_and_removed(workspace: Workspace) -> None:
    given = "My Login! 2"
    workspace.admin.ok("POST", "v1/settings.addCustomOAuth", {"name": given})
    assert len(_ids(workspace, "Mylogin2")) == 30
    for suffix, value in (
        ("-id", "client"),
        ("-secret", "hush"),
        ("-url", "https://sso"),
        ("", True),
    ):
        put(workspace, f"Accounts_OAuth_Custom-Mylogin2{suffix}", value)
    (service,) = _services(workspace)
    assert (service["service"], service["custom"]) == ("mylogin2", True)
    assert (service["clientId"], service["serverURL"]) == ("client", "https://sso")
    assert (service["tokenPath"], service["mergeUsers"]) == ("/oauth/token", False)
    assert "hush" not in str(service)
    workspace.admin.ok("POST", "v1/settings.addCustomOAuth", {"name": given})
    assert _services(workspace) == [service], "adding it again changes nothing"
    since = workspace.runtime.clock.now()
    assert invoke(workspace, workspace.admin, "removeOAuthService", [given]) == {}
    assert (_ids(workspace, "Mylogin2"), _services(workspace)) == (set(), [])
    synced = invoke(workspace, workspace.admin, "private-settings/get", [since])["result"]
    assert len(synced["remove"]) == 30
    assert set(synced["remove"][0]) == {"_id", "_deletedAt"}
    public = invoke(workspace, None, "public-settings/get", [since])["result"]
    assert public["remove"] == []


@pytest.mark.parametrize("given", [{}, {"name": ""}, {"name": "  "}, {"name": 5}])
def test_a_custom_service_needs_a_name(workspace: Workspace, given: Json) -> None:
    code = "error-name-param-not-provided"
    body: dict[str, Any] = {"success": False, "errorType": code}
    body["error"] = f'The parameter "name" is required [{code}]'
    refused(workspace.admin.post("v1/settings.addCustomOAuth", given), 400, body)


def test_a_name_needs_letters_or_digits(workspace: Workspace) -> None:
    for name in ("!!!", "x" * 65):
        for method in ("addOAuthService", "removeOAuthService"):
            error = invoke(workspace, workspace.admin, method, [name])["error"]
            assert error["error"] == "error-invalid-name"


def test_two_who_add_one_service_make_it_once(workspace: Workspace) -> None:
    name = fresh("s")
    for _ in range(2):
        assert invoke(workspace, workspace.admin, "addOAuthService", [name]) == {}
    assert len(_ids(workspace, name.capitalize())) == 30
    assert invoke(workspace, workspace.admin, "removeOAuthService", [name]) == {}
