"""Changing settings: who may, which values, all or nothing, and who is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contrail.ddp import ejson
from tests.support.ddp import Ddp
from tests.support.doors_admin import held_role
from tests.support.scene import changes, invoke, refused, snapshot, without
from tests.support.settings import put, save, setting, value_of
from tests.support.workspace import Workspace

DENIED = "Editing settings is not allowed"
BOOLEAN, SELECT, TEXT = "UI_DisplayRoles", "Accounts_Directory_DefaultView", "Site_Name"
SECRET = "Accounts_OAuth_Google_secret"
LOGGED, ALL = "stream-notify-logged", "stream-notify-all"


def _insert(workspace: Workspace, name: str, kind: str, value: str, **more: Any) -> None:
    row = {"_id": name, "type": kind, "value": value, "public": False, "hidden": False}
    row |= {"_updatedAt": workspace.runtime.clock.now(), **more}
    workspace.database["rocketchat_settings"].insert_one(row)


@pytest.mark.parametrize("name", ["No_Such_Setting", "Cloud_Workspace_Id"])
def test_what_is_hidden_or_does_not_exist_is_neither_shown_nor_set(
    workspace: Workspace, name: str
) -> None:
    admin = workspace.admin
    before = snapshot(workspace)
    body = {"success": False, "error": "Setting not found [error-setting-not-found]"}
    body["errorType"] = "error-setting-not-found"
    refused(admin.get(f"v1/settings/{name}"), 400, body)
    refused(workspace.admin.post(f"v1/settings/{name}", {"value": "x"}), 400, body)
    outcome = save(workspace, workspace.admin, (TEXT, "Changed"), (name, "x"))
    assert outcome["error"]["details"] == {"method": "saveSettings", "settingIds": [name]}
    one = invoke(workspace, workspace.admin, "saveSetting", [name, "x", None])
    assert one["error"]["details"] == {"method": "saveSetting", "settingId": name}
    assert not changes(workspace, before)


def test_a_blocked_setting_is_closed(workspace: Workspace) -> None:
    _insert(workspace, "Blocked_One", "string", "a", blocked=True)
    answer = workspace.admin.post("v1/settings/Blocked_One", {"value": "b"})
    assert answer.json()["errorType"] == "error-setting-blocked"
    assert save(workspace, workspace.admin, ("Blocked_One", "b"))["error"]["details"] == {
        "method": "saveSettings",
        "settingIds": ["Blocked_One"],
    }
    assert value_of(workspace, "Blocked_One") == "a"


def test_a_value_or_an_action_is_asked_for(workspace: Workspace) -> None:
    answer = workspace.admin.post(f"v1/settings/{TEXT}", {})
    error = "must have required property 'value' [invalid-params]"
    refused(answer, 400, {"success": False, "error": error, "errorType": "invalid-params"})


def test_an_action_runs_the_method_that_it_names(workspace: Workspace) -> None:
    settings = workspace.database["rocketchat_settings"]
    _insert(workspace, "Refresh_It", "action", "refreshOAuthService")
    _insert(workspace, "Run_Nothing", "action", "no_such_method")
    google = {"_id": "Accounts_OAuth_Google"}
    before = settings.find_one(google)
    workspace.admin.ok("POST", "v1/settings/Refresh_It", {"execute": True})
    after = settings.find_one(google)
    assert before is not None
    assert after is not None
    assert after["_updatedAt"] > before["_updatedAt"]
    with without(workspace, "add-oauth-service", "admin"):
        answer = workspace.admin.post("v1/settings/Refresh_It", {"execute": True})
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-action-not-allowed")
    answer = workspace.admin.post("v1/settings/Run_Nothing", {"execute": True})
    assert (answer.status_code, answer.json()["errorType"]) == (400, 404)


def test_who_manages_selected_settings_changes_those_alone(workspace: Workspace) -> None:
    person = workspace.person()
    role = held_role(workspace, person)
    allowed, closed = TEXT, SELECT
    workspace.admin.ok("GET", "v1/me")
    for permission in ("manage-selected-settings", f"change-setting-{allowed}"):
        given = [permission, role]
        assert invoke(workspace, workspace.admin, "authorization:addPermissionToRole", given) == {}
    name = value_of(workspace, allowed)
    assert save(workspace, person, (allowed, name)) == {"result": True}
    person.ok("POST", f"v1/settings/{allowed}", {"value": name})
    error = save(workspace, person, (allowed, "Changed"), (closed, "users"))["error"]
    assert (error["error"], error["reason"]) == ("error-action-not-allowed", DENIED)
    assert error["details"]["settingIds"] == [closed]
    assert value_of(workspace, allowed) == name
    assert person.post(f"v1/settings/{closed}", {"value": "users"}).status_code == 403
    seen = invoke(workspace, person, "private-settings/get", [])["result"]
    assert [row["_id"] for row in seen] == [allowed]
    grant = [f"change-setting-{allowed}", role]
    assert invoke(workspace, workspace.admin, "authorization:removeRoleFromPermission", grant) == {}
    assert "error" in save(workspace, person, (allowed, name))
    assert invoke(workspace, person, "private-settings/get", [])["result"] == []


def test_private_settings_get_should_return_nothing_when_user_doesnt_have_any_permission(
    workspace: Workspace,
) -> None:
    assert invoke(workspace, workspace.person(), "private-settings/get", []) == {"result": []}
    rows = invoke(workspace, workspace.admin, "private-settings/get", [])["result"]
    hidden = {"hidden": {"$ne": True}}
    assert len(rows) == workspace.database["rocketchat_settings"].count_documents(hidden)
    now = workspace.runtime.clock.now()
    put(workspace, BOOLEAN, True)
    synced = invoke(workspace, workspace.admin, "private-settings/get", [now])["result"]
    assert ([row["_id"] for row in synced["update"]], synced["remove"]) == ([BOOLEAN], [])


def test_a_secret_can_be_set_but_never_read(workspace: Workspace) -> None:
    put(workspace, SECRET, "very-secret-value")
    assert value_of(workspace, SECRET) == "very-secret-value"
    admin = workspace.admin
    assert set(admin.ok("GET", f"v1/settings/{SECRET}")) == {"_id", "success"}
    given = {"query": ejson.dumps({"_id": SECRET}), "includeDefaults": "true"}
    (row,) = admin.ok("GET", "v1/settings", given)["settings"]
    assert row["_id"] == SECRET
    assert not {"value", "packageValue"} & set(row)
    texts = [
        admin.get("v1/settings", count=0).text,
        admin.get("v1/settings.oauth").text,
        admin.get("v1/service.configurations").text,
        ejson.dumps(invoke(workspace, admin, "private-settings/get", [])),
    ]
    put(workspace, SECRET, "")
    assert not [text for text in texts if "very-secret-value" in text]


def test_settings_should_return_private_settings(workspace: Workspace) -> None:
    page = workspace.admin.ok("GET", "v1/settings", {"count": 5, "offset": 2})
    assert (page["count"], page["offset"], len(page["settings"])) == (5, 2, 5)
    hidden = {"hidden": {"$ne": True}}
    total = workspace.database["rocketchat_settings"].count_documents(hidden)
    assert page["total"] == total
    given = {"query": '{"_id":"API_CORS_Origin"}', "includeDefaults": "true"}
    rows = workspace.admin.ok("GET", "v1/settings", given)["settings"]
    assert rows == [{"_id": "API_CORS_Origin", "value": "*", "packageValue": "*"}]
    plain = workspace.person().ok("GET", "v1/settings", {"count": 0})
    public = {"hidden": {"$ne": True}, "public": True}
    assert plain["total"] == workspace.database["rocketchat_settings"].count_documents(public)


async def test_changes_are_told_to_everyone_or_to_those_who_may_see_them(
    workspace: Workspace,
) -> None:
    person, selected = workspace.person(), workspace.person()
    role = held_role(workspace, selected)
    for permission in ("manage-selected-settings", "change-setting-API_CORS_Origin"):
        given = [permission, role]
        assert invoke(workspace, workspace.admin, "authorization:addPermissionToRole", given) == {}
    private = "private-settings-changed"
    async with (
        Ddp(workspace.ws_url) as anyone,
        Ddp(workspace.ws_url) as admin,
        Ddp(workspace.ws_url) as chosen,
    ):
        for client, who in ((anyone, None), (admin, workspace.admin), (chosen, selected)):
            await client.connect()
            if who:
                await client.resume(who.token)
                assert (await client.sub(LOGGED, private, False))["msg"] == "ready"
            await client.sub(ALL, "public-settings-changed", False)
        with setting(workspace, SELECT, "users"):
            put(workspace, SECRET, "hush")
            put(workspace, "API_CORS_Origin", "https://example.com")
        put(workspace, SECRET, "")
        put(workspace, "API_CORS_Origin", "*")
        public = await anyone.until_events(ALL, "public-settings-changed", 2)
        seen = await admin.until_events(LOGGED, private, 6)
        workspace.settle()
    assert public == [
        ["updated", {"_id": SELECT, "value": "users"}],
        ["updated", {"_id": SELECT, "value": "channels"}],
    ]
    assert [(a, row["_id"]) for a, row in seen][:2] == [("updated", SELECT), ("updated", SECRET)]
    assert "hush" not in ejson.dumps(seen)
    heard = [row["_id"] for _, row in chosen.events(LOGGED, private)]
    assert set(heard) == {"API_CORS_Origin"}
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        assert (await client.sub(LOGGED, private, False))["error"]["error"] == "not-allowed"


def test_a_site_that_nobody_named_bears_the_organizations_name(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace()
    for organization, site in (("First", "First"), ("Second", "Second")):
        saved = save(workspace, workspace.admin, ("Organization_Name", organization))
        assert saved == {"result": True}
        assert value_of(workspace, TEXT) == site
    put(workspace, TEXT, "Our own")
    save(workspace, workspace.admin, ("Organization_Name", "Third"))
    assert value_of(workspace, TEXT) == "Our own"


def test_the_environment_wins_at_every_start_and_a_change_holds_until_then(
    new_workspace: Callable[..., Workspace],
) -> None:
    given = {"Site_Name": "Ours", "Message_MaxAllowedSize": "10"}
    workspace = new_workspace(overwrites=given)
    put(workspace, TEXT, "Theirs")
    assert value_of(workspace, TEXT) == "Theirs"
    again = new_workspace(database=workspace.name, overwrites=given)
    row = again.database["rocketchat_settings"].find_one({"_id": TEXT})
    assert row is not None
    assert (row["value"], row["valueSource"]) == ("Ours", "processEnvValue")
    assert workspace.admin.ok("GET", f"v1/settings/{TEXT}")["value"] == "Ours"


@pytest.mark.parametrize("edition", ["community", "enterprise"])
def test_what_needs_the_enterprise_edition_counts_as_off_without_it(
    new_workspace: Callable[..., Workspace], edition: str
) -> None:
    workspace = new_workspace(edition=edition)
    match = {"enterprise": True, "type": "boolean", "public": True, "hidden": False}
    row = workspace.database["rocketchat_settings"].find_one({**match, "invalidValue": False})
    assert row is not None
    put(workspace, row["_id"], True)
    shown = workspace.http("GET", "v1/settings.public", params={"_id": row["_id"]}).json()
    (found,) = shown["settings"]
    assert found["value"] is (edition == "enterprise")
    instance = workspace.runtime.instances["settings"]
    assert instance.setting(row["_id"]) is (edition == "enterprise")


def test_a_setting_is_restored_by_saving_its_default(workspace: Workspace) -> None:
    """What clients' "reset" does: the default comes along with the setting."""
    admin = workspace.admin
    names = (BOOLEAN, SELECT, TEXT)
    with setting(workspace, SELECT, "users"), setting(workspace, TEXT, "Elsewhere"):
        given = {"query": json.dumps({"_id": {"$in": names}}), "includeDefaults": "true"}
        rows = admin.ok("GET", "v1/settings", given)["settings"]
        defaults = {row["_id"]: row["packageValue"] for row in rows}
        assert set(defaults) == set(names)
        assert defaults[TEXT] != "Elsewhere"
        assert save(workspace, admin, *defaults.items())["result"] is True
        assert {name: value_of(workspace, name) for name in names} == defaults
