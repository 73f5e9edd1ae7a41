"""Permissions: their order, what changed since, and that changes hold at once."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.doors_admin import held_role, make_role
from tests.support.scene import changes, fresh, invoke, refused, snapshot, without
from tests.support.workspace import Json, Person, Workspace

BODY_PARAMS = "error-invalid-body-params"


def _declared() -> list[str]:
    """The permissions in the order of the original, which clients index into."""
    data = json.loads(resources.files("contrail.data").joinpath("permissions.json").read_text())
    return [*data["permissions"], *data["otherStartupPermissions"]]


def _update(person: Person, *changes: Json) -> Any:
    return person.post("v1/permissions.update", {"permissions": list(changes)})


def test_permissions_come_in_the_order_that_clients_index_into(workspace: Workspace) -> None:
    listed = workspace.person().ok("GET", "v1/permissions.listAll")
    ids = [row["_id"] for row in listed["update"]]
    assert ids[: len(_declared())] == _declared()
    assert (ids[28], ids[140]) == ("edit-message", "post-readonly")
    assert listed["remove"] == []
    assert [row["_id"] for row in invoke(workspace, None, "permissions/get", [])["result"]] == ids


def test_the_order_stays_after_a_change(workspace: Workspace) -> None:
    with without(workspace, "edit-message", "owner"):
        listed = workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
        assert [row["_id"] for row in listed][: len(_declared())] == _declared()


def test_only_what_changed_since_is_listed(workspace: Workspace) -> None:
    row = workspace.admin.ok("GET", "v1/permissions.listAll")["update"][0]
    now = workspace.runtime.clock.now()
    since = {"updatedSince": now.isoformat()}
    assert workspace.admin.ok("GET", "v1/permissions.listAll", since)["update"] == []
    given = {"_id": row["_id"], "roles": row["roles"]}
    updated = workspace.admin.ok("POST", "v1/permissions.update", {"permissions": [given]})
    assert [one["_id"] for one in updated["permissions"]][: len(_declared())] == _declared()
    changed = workspace.admin.ok("GET", "v1/permissions.listAll", since)["update"]
    assert [one["_id"] for one in changed] == [row["_id"]]
    synced = invoke(workspace, None, "permissions/get", [now])["result"]
    assert [one["_id"] for one in synced["update"]] == [row["_id"]]
    assert synced["remove"] == []


@pytest.mark.parametrize("since", ["yesterday", "2016-13-01", "{}"])
def test_since_when_must_be_a_date(workspace: Workspace, since: str) -> None:
    code, reason = "error-roomId-param-invalid", "query parameter must be a valid date."
    body = {"success": False, "error": f'The "updatedSince" {reason} [{code}]', "errorType": code}
    refused(workspace.admin.get("v1/permissions.listAll", updatedSince=since), 400, body)


async def test_a_change_holds_on_the_next_request_of_every_service(workspace: Workspace) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        assert "result" in await client.call("createChannel", fresh("c"), [])
        for _ in range(3):
            with without(workspace, "create-c", "user"):
                assert person.post("v1/channels.create", {"name": fresh("c")}).status_code == 403
                refusal = await client.call("createChannel", fresh("c"), [])
                assert refusal["error"]["error"] == "error-not-allowed"
            person.ok("POST", "v1/channels.create", {"name": fresh("c")})
            assert "result" in await client.call("createChannel", fresh("c"), [])


async def test_a_change_is_told_to_everyone_logged_in(workspace: Workspace) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        assert (await client.sub("stream-notify-logged", "permissions-changed", False))["msg"] == (
            "ready"
        )
        with without(workspace, "edit-message", "owner"):
            action, row = await client.event("stream-notify-logged", "permissions-changed")
    assert (action, row["_id"]) == ("updated", "edit-message")
    assert "owner" not in row["roles"]


@pytest.mark.parametrize(
    ("wrong", "error", "error_type"),
    [
        ({"_id": "no-such", "roles": ["user"]}, "Invalid permission", "error-invalid-permission"),
        ({"_id": "", "roles": ["user"]}, "Invalid body params", None),
        ({"_id": "edit-message", "roles": ["no-such"]}, "Invalid role", "error-invalid-role"),
        ({"_id": "edit-message", "roles": "user"}, "Invalid body params", None),
        ({"_id": "edit-message", "roles": [1]}, "Invalid body params", None),
        ({"_id": "edit-message"}, "Invalid body params", None),
        ({"roles": ["user"]}, "Invalid body params", None),
        ("edit-message", "Invalid body params", None),
    ],
)
def test_one_wrong_change_among_several_stops_them_all(
    workspace: Workspace, wrong: Any, error: str, error_type: str | None
) -> None:
    right = {"_id": "create-c", "roles": ["admin"]}
    body = {"success": False, "error": error, "errorType": error_type or BODY_PARAMS}
    before = snapshot(workspace)
    refused(_update(workspace.admin, right, wrong), 400, body)
    assert not changes(workspace, before)
    workspace.person().ok("POST", "v1/channels.create", {"name": fresh("c")})


@pytest.mark.parametrize("permissions", ["text", [], {}, None, 1])
def test_permissions_must_be_a_list_of_them(workspace: Workspace, permissions: Any) -> None:
    answer = workspace.admin.post("v1/permissions.update", {"permissions": permissions})
    body = {"success": False, "error": "Invalid body params", "errorType": BODY_PARAMS}
    refused(answer, 400, body)


GRANT, REVOKE = "authorization:addPermissionToRole", "authorization:removeRoleFromPermission"


def _roles(workspace: Workspace, permission: str) -> list[str] | None:
    row = workspace.database["rocketchat_permissions"].find_one({"_id": permission})
    return row["roles"] if row else None


def test_a_permission_is_granted_and_revoked_one_role_at_a_time(workspace: Workspace) -> None:
    person = workspace.person()
    role = held_role(workspace, person)
    for _ in range(2):
        assert person.get("v1/settings/Site_Name").status_code == 403
        assert invoke(workspace, workspace.admin, GRANT, ["view-privileged-setting", role]) == {}
        assert person.get("v1/settings/Site_Name").status_code == 200
        assert invoke(workspace, workspace.admin, REVOKE, ["view-privileged-setting", role]) == {}
    for method, code in (
        (GRANT, "error-invalid-permission"),
        (REVOKE, "error-permission-not-found"),
    ):
        outcome = invoke(workspace, workspace.admin, method, ["no-such", role])
        assert outcome["error"]["error"] == code
    outcome = invoke(workspace, workspace.admin, GRANT, ["edit-message", "no-such"])
    assert outcome["error"]["error"] == "error-invalid-role"


def test_a_settings_permission_brings_those_of_its_group_and_section(workspace: Workspace) -> None:
    role = make_role(workspace)
    row = workspace.database["rocketchat_settings"].find_one(
        {"group": {"$exists": True}, "section": {"$exists": True}, "hidden": False}
    )
    assert row is not None
    wanted = [f"change-setting-{row[key]}" for key in ("_id", "group", "section")]
    assert invoke(workspace, workspace.admin, GRANT, [wanted[0], role]) == {}
    assert all(role in (_roles(workspace, name) or ()) for name in wanted)
    listed = workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    (shown,) = (one for one in listed if one["_id"] == wanted[0])
    assert (shown["level"], shown["settingId"]) == ("settings", row["_id"])
    assert invoke(workspace, workspace.admin, REVOKE, [wanted[0], role]) == {}
    assert not [name for name in wanted if role in (_roles(workspace, name) or ())]


def test_settings_permissions_take_a_permission_of_their_own(workspace: Workspace) -> None:
    role, name = make_role(workspace), "change-setting-Message_MaxAllowedSize"
    with without(workspace, "access-setting-permissions", "admin"):
        outcome = invoke(workspace, workspace.admin, GRANT, [name, role])
        assert outcome["error"]["error"] == "error-action-not-allowed"
        answer = _update(workspace.admin, {"_id": name, "roles": [role]})
        code = "error-edit-permissions-not-allowed"
        body = {"success": False, "error": "Editing permissions is not allowed", "errorType": code}
        refused(answer, 400, body)
    assert _roles(workspace, name) is None
    assert _update(workspace.admin, {"_id": name, "roles": [role]}).status_code == 200
    assert _roles(workspace, name) == [role]
    for unknown in ("change-setting-No_Such_Setting", "change-setting-Cloud_Workspace_Id"):
        answer = _update(workspace.admin, {"_id": unknown, "roles": [role]})
        assert answer.json()["errorType"] == "error-invalid-permission"
