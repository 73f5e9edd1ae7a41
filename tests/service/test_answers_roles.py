"""Roles: made, changed and deleted, in either edition."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.doors_admin import held_role, make_role
from tests.support.scene import changes, fresh, invoke, refused, snapshot
from tests.support.workspace import Json, Person, Workspace

ENTERPRISE = "This is an enterprise feature"
DUPLICATE = "error-duplicate-role-names-not-allowed"


@pytest.fixture(scope="module")
def licensed(mongo_uri: str) -> Iterator[Workspace]:
    workspace = Workspace(mongo_uri, edition="enterprise")
    yield workspace
    workspace.stop()


def _refused(answer: Any, code: str, reason: str) -> None:
    error = f"{reason} [{code}]" if reason else f"[{code}]"
    refused(answer, 400, {"success": False, "error": error, "errorType": code})


def _create(workspace: Workspace, **given: Any) -> Json:
    role: Json = workspace.admin.ok("POST", "v1/roles.create", {"name": fresh("r"), **given})[
        "role"
    ]
    return role


def _ids(person: Person) -> set[str]:
    return {row["_id"] for row in person.ok("GET", "v1/roles.list")["roles"]}


def test_roles_list_has_the_declared_roles_with_their_scopes(workspace: Workspace) -> None:
    rows = workspace.person().ok("GET", "v1/roles.list")["roles"]
    scopes = {row["_id"]: row["scope"] for row in rows}
    assert {"admin", "user", "bot", "guest", "anonymous", "app"} <= set(scopes)
    in_rooms = {"moderator", "leader", "owner"}
    assert {key for key in in_rooms if scopes[key] == "Subscriptions"} == in_rooms
    assert all("_updatedAt" not in row for row in rows)
    assert all(row["protected"] for row in rows if row["_id"] in ("admin", "user", "owner"))


def test_without_enterprise_no_role_is_created_or_updated(workspace: Workspace) -> None:
    before = snapshot(workspace)
    for path, given in (
        ("v1/roles.create", {"name": fresh("r")}),
        ("v1/roles.update", {"roleId": "", "name": fresh("r")}),
        ("v1/roles.update", {"roleId": "admin", "name": "admin"}),
    ):
        _refused(workspace.admin.post(path, given), "error-action-not-allowed", ENTERPRISE)
    assert not changes(workspace, before)


def test_a_role_is_created_updated_and_deleted(licensed: Workspace) -> None:
    role = _create(licensed, description="Helps", mandatory2fa=True)
    assert (role["scope"], role["protected"], role["mandatory2fa"]) == ("Users", False, True)
    assert len(role["_id"]) == 17
    given = {"roleId": role["_id"], "name": fresh("r"), "scope": "Subscriptions"}
    updated = licensed.admin.ok("POST", "v1/roles.update", given)["role"]
    assert (updated["_id"], updated["name"]) == (role["_id"], given["name"])
    assert (updated["scope"], updated["description"]) == ("Subscriptions", "Helps")
    assert role["_id"] in _ids(licensed.admin)
    licensed.admin.ok("POST", "v1/roles.delete", {"roleId": role["_id"]})
    assert role["_id"] not in _ids(licensed.admin)


@pytest.mark.parametrize("scope", ["users", "Everywhere"])
def test_a_scope_is_one_of_two(licensed: Workspace, scope: str) -> None:
    answer = licensed.admin.post("v1/roles.create", {"name": fresh("r"), "scope": scope})
    _refused(answer, "error-invalid-scope", "Invalid scope")


def test_a_name_belongs_to_one_role(licensed: Workspace) -> None:
    name = _create(licensed)["name"]
    other = _create(licensed)
    for taken in (name, "admin"):
        create = licensed.admin.post("v1/roles.create", {"name": taken})
        _refused(create, DUPLICATE, "Role name already exists")
        given = {"roleId": other["_id"], "name": taken}
        _refused(
            licensed.admin.post("v1/roles.update", given), DUPLICATE, "Role name already exists"
        )
    licensed.admin.ok("POST", "v1/roles.update", {"roleId": other["_id"], "name": other["name"]})


def test_of_many_creating_one_name_at_once_one_does(licensed: Workspace) -> None:
    name = fresh("r")
    licensed.admin.ok("GET", "v1/roles.list")

    def create(_: int) -> int:
        return licensed.admin.post("v1/roles.create", {"name": name}).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(create, range(8)))
    assert codes == [200] + [400] * 7
    assert licensed.database["rocketchat_roles"].count_documents({"name": name}) == 1


def test_a_protected_role_keeps_name_and_scope_and_stays(licensed: Workspace) -> None:
    for given in (
        {"roleId": "user", "name": "people"},
        {"roleId": "user", "name": "user", "scope": "Subscriptions"},
    ):
        answer = licensed.admin.post("v1/roles.update", given)
        _refused(answer, "error-role-protected", "Role is protected")
    given = {"roleId": "user", "name": "user", "description": "Everyone"}
    assert licensed.admin.ok("POST", "v1/roles.update", given)["role"]["description"] == "Everyone"
    answer = licensed.admin.post("v1/roles.delete", {"roleId": "user"})
    _refused(answer, "error-role-protected", "Cannot delete a protected role")
    error = invoke(licensed, licensed.admin, "authorization:deleteRole", ["user"])["error"]
    assert error["error"] == "error-delete-protected-role"


def test_a_role_that_someone_has_is_not_deleted(workspace: Workspace) -> None:
    person = workspace.person()
    role = held_role(workspace, person)
    answer = workspace.admin.post("v1/roles.delete", {"roleId": role})
    _refused(answer, "error-role-in-use", "Cannot delete role because it's in use")
    outcome = invoke(workspace, workspace.admin, "authorization:deleteRole", [role])
    assert outcome["error"]["error"] == "error-role-in-use"


def test_a_role_in_use_in_a_room_is_not_deleted(workspace: Workspace) -> None:
    person, role = workspace.person(), make_role(workspace, scope="Subscriptions")
    rid = workspace.channel(person)["_id"]
    given = {"roleId": role, "username": person.username, "roomId": rid}
    workspace.admin.ok("POST", "v1/roles.addUserToRole", given)
    answer = workspace.admin.post("v1/roles.delete", {"roleId": role})
    _refused(answer, "error-role-in-use", "Cannot delete role because it's in use")


def test_a_deleted_role_goes_from_the_permissions_that_it_had(workspace: Workspace) -> None:
    role = make_role(workspace)
    grant = ["edit-message", role]
    workspace.admin.ok("GET", "v1/me")
    assert invoke(workspace, workspace.admin, "authorization:addPermissionToRole", grant) == {}
    workspace.admin.ok("POST", "v1/roles.delete", {"roleId": role})
    rows = workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    assert not [row["_id"] for row in rows if role in row["roles"]]


def test_a_role_that_does_not_exist(licensed: Workspace) -> None:
    admin, missing = licensed.admin, "This role does not exist"
    given = {"roleId": "no-such", "name": fresh("r")}
    _refused(admin.post("v1/roles.update", given), "error-invalid-roleId", missing)
    _refused(admin.post("v1/roles.delete", {"roleId": "no-such"}), "error-invalid-roleId", missing)
    outcome = invoke(licensed, admin, "authorization:deleteRole", ["no-such"])
    assert outcome["error"]["error"] == "error-invalid-role"


def test_roles_sync_tells_what_changed_and_what_went(licensed: Workspace) -> None:
    kept, gone = _create(licensed), _create(licensed)
    since = {"updatedSince": licensed.runtime.clock.now().isoformat()}
    assert licensed.admin.ok("GET", "v1/roles.sync", since)["roles"] == {"update": [], "remove": []}
    licensed.admin.ok("POST", "v1/roles.update", {"roleId": kept["_id"], "name": fresh("r")})
    licensed.admin.ok("POST", "v1/roles.delete", {"roleId": gone["_id"]})
    roles = licensed.admin.ok("GET", "v1/roles.sync", since)["roles"]
    assert [row["_id"] for row in roles["update"]] == [kept["_id"]]
    assert [row["_id"] for row in roles["remove"]] == [gone["_id"]]
    assert "_deletedAt" in roles["remove"][0]
    for wrong in ({}, {"updatedSince": "yesterday"}):
        error = "Match error: Missing key 'updatedSince'"
        refused(
            licensed.admin.get("v1/roles.sync", **wrong), 400, {"success": False, "error": error}
        )


async def test_what_becomes_of_roles_is_told_to_everyone_logged_in(licensed: Workspace) -> None:
    async with Ddp(licensed.ws_url) as client:
        await client.connect()
        await client.resume(licensed.person().token)
        await client.sub("stream-roles", "roles", False)
        role = _create(licensed)
        licensed.admin.ok("POST", "v1/roles.update", {"roleId": role["_id"], "name": fresh("r")})
        licensed.admin.ok("POST", "v1/roles.delete", {"roleId": role["_id"]})
        events = await client.until_events("stream-roles", "roles", 3)
    told = [args[0] for args in events]
    assert [one["type"] for one in told] == ["inserted", "updated", "removed"]
    assert {one["_id"] for one in told} == {role["_id"]}
    assert told[0]["name"] == role["name"]
