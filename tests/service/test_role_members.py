"""Who has which role: given and taken, in force at once, and never the last admin's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.doors_admin import held_role, make_role
from tests.support.scene import invoke, refused, without
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

ADD, REMOVE = "authorization:addUserToRole", "authorization:removeUserFromRole"
LOGGED = "stream-notify-logged"


def _refused(answer: Any, code: str, reason: str = "", details: Json | None = None) -> None:
    error = f"{reason} [{code}]" if reason else f"[{code}]"
    body: Json = {"success": False, "error": error, "errorType": code}
    refused(answer, 400, {**body, **({"details": details} if details else {})})


def _give(workspace: Workspace, role: str, person: Person, **more: str) -> Any:
    given = {"roleId": role, "username": person.username, **more}
    return workspace.admin.post("v1/roles.addUserToRole", given)


def _take(workspace: Workspace, role: str, person: Person, **more: str) -> Any:
    given = {"roleId": role, "username": person.username, **more}
    return workspace.admin.post("v1/roles.removeUserFromRole", given)


def test_a_role_holds_from_the_next_request_and_until_it_is_taken(workspace: Workspace) -> None:
    person = workspace.person()
    assert person.get("v1/settings/Site_Name").status_code == 403
    for _ in range(2):
        assert _give(workspace, "admin", person).status_code == 200
        assert person.get("v1/settings/Site_Name").status_code == 200
        assert _take(workspace, "admin", person).status_code == 200
        assert person.get("v1/settings/Site_Name").status_code == 403
    assert person.ok("GET", "v1/me")["roles"] == ["user"]


def test_the_refusals_of_giving_and_taking(workspace: Workspace) -> None:
    person, role = workspace.person(), make_role(workspace)
    held = held_role(workspace, person)
    reason = "User already in role"
    _refused(_give(workspace, held, person), "error-user-already-in-role", reason)
    _refused(_take(workspace, role, person), "error-user-not-in-role", "User is not in this role")
    _refused(_give(workspace, "no-such", person), "error-role-not-found", "Role not found")
    _refused(
        _take(workspace, "no-such", person), "error-invalid-roleId", "This role does not exist"
    )
    for path, text in (
        (
            "v1/roles.addUserToRole",
            'The required "userId" or "username" param provided does not match any users',
        ),
        ("v1/roles.removeUserFromRole", "There is no user with this username"),
    ):
        for username in ("no.such.person", ""):
            given = {"roleId": role, "username": username}
            _refused(workspace.admin.post(path, given), "error-invalid-user", text)
        answer = workspace.admin.post(path, {"username": person.username})
        refused(answer, 400, {"success": False, "error": "error-invalid-role-properties"})
    assert role not in person.ok("GET", "v1/me")["roles"]


def test_a_role_may_be_named_by_its_name(workspace: Workspace) -> None:
    person, role = workspace.person(), make_role(workspace)
    row = workspace.database["rocketchat_roles"].find_one({"_id": role})
    assert row is not None
    given = {"roleName": row["name"], "username": person.username}
    assert workspace.admin.ok("POST", "v1/roles.addUserToRole", given)["role"]["_id"] == role
    assert role in person.ok("GET", "v1/me")["roles"]


def test_admin_is_given_only_with_a_permission_of_its_own(workspace: Workspace) -> None:
    person = workspace.person()
    details = {"method": ADD, "action": "Assign_admin"}
    with without(workspace, "assign-admin-role", "admin"):
        answer = _give(workspace, "admin", person)
        _refused(answer, "error-action-not-allowed", "Assigning admin is not allowed", details)
        outcome = invoke(workspace, workspace.admin, ADD, ["admin", person.username])
        assert outcome["error"]["details"] == details


def test_the_last_admin_stays(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace()
    admin = workspace.admin
    _refused(
        _take(workspace, "admin", admin),
        "error-admin-required",
        "You need to have at least one admin",
    )
    outcome = invoke(workspace, admin, REMOVE, ["admin", admin.username])
    assert outcome["error"]["error"] == "error-action-not-allowed"
    assert outcome["error"]["details"]["action"] == "Remove_last_admin"
    person = workspace.person()
    assert _give(workspace, "admin", person).status_code == 200
    workspace.database["users"].update_one({"_id": person.id}, {"$set": {"active": False}})
    answer = _take(workspace, "admin", admin)
    assert answer.json()["errorType"] == "error-admin-required", "the other one cannot log in"


def test_admins_who_remove_one_another_leave_one(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace()
    for _ in range(3):
        person = workspace.person()
        assert _give(workspace, "admin", person).status_code == 200
        pairs = [(workspace.admin, person), (person, workspace.admin)]

        def remove(pair: tuple[Person, Person]) -> Json:
            return invoke(workspace, pair[0], REMOVE, ["admin", pair[1].username])

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(remove, pairs))
        left = workspace.database["users"].count_documents({"roles": "admin"})
        assert left == 1
        users = workspace.database["users"]
        users.update_one({"_id": workspace.admin.id}, {"$addToSet": {"roles": "admin"}})
        users.update_one({"_id": person.id}, {"$pull": {"roles": "admin"}})


def test_a_role_of_rooms_counts_in_its_room_alone(workspace: Workspace) -> None:
    owner, member, outsider = (workspace.person() for _ in range(3))
    rid = workspace.channel(owner, member)["_id"]
    assert _give(workspace, "moderator", member, roomId=rid).status_code == 200
    row = workspace.database["rocketchat_subscription"].find_one({"rid": rid, "u._id": member.id})
    assert row is not None
    assert row["roles"] == ["moderator"]
    assert member.ok("GET", "v1/me")["roles"] == ["user"]
    answer = _give(workspace, "moderator", member, roomId=rid)
    _refused(answer, "error-user-already-in-role", "User already in role")
    for who, more in ((outsider, {"roomId": rid}), (member, {})):
        answer = _give(workspace, "moderator", who, **more)
        _refused(answer, "error-invalid-user", "User is not part of given room")
    assert invoke(workspace, workspace.admin, REMOVE, ["moderator", member.username, rid]) == {
        "result": True
    }
    assert invoke(workspace, workspace.admin, REMOVE, ["moderator", member.username, rid]) == {
        "result": False
    }


def test_get_users_in_role_pages_and_counts(workspace: Workspace) -> None:
    role = make_role(workspace)
    people = sorted((workspace.person() for _ in range(3)), key=lambda one: one.username)
    for person in people:
        workspace.database["users"].update_one({"_id": person.id}, {"$push": {"roles": role}})
    names = [person.username for person in people]
    first = workspace.admin.ok("GET", "v1/roles.getUsersInRole", {"role": role, "count": 2})
    assert ([u["username"] for u in first["users"]], first["total"]) == (names[:2], 3)
    assert set(first["users"][0]) >= {"_id", "name", "username", "emails", "createdAt"}
    assert not {"services", "roles"} & set(first["users"][0])
    rest = workspace.admin.ok("GET", "v1/roles.getUsersInRole", {"role": role, "offset": 2})
    assert ([u["username"] for u in rest["users"]], rest["count"]) == (names[2:], 1)
    code = "error-param-not-provided"
    answer = workspace.admin.get("v1/roles.getUsersInRole")
    _refused(answer, code, 'Query param "role" is required')
    answer = workspace.admin.get("v1/roles.getUsersInRole", role="no-such")
    _refused(answer, "error-invalid-roleId")


def test_get_users_in_role_of_a_room(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = workspace.channel(owner, other)["_id"]
    given = {"role": "owner", "roomId": rid}
    found = workspace.admin.ok("GET", "v1/roles.getUsersInRole", given)
    assert ([user["_id"] for user in found["users"]], found["total"]) == ([owner.id], 1)
    everywhere = workspace.admin.ok("GET", "v1/roles.getUsersInRole", {"role": "owner"})
    assert everywhere["total"] >= 1
    with without(workspace, "view-other-user-channels", "admin"):
        answer = workspace.admin.get("v1/roles.getUsersInRole", **given)
        _refused(answer, "error-not-allowed", "Not allowed")


def test_get_user_roles_should_return_the_roles_that_are_described(workspace: Workspace) -> None:
    """Meteor.methods getUserRoles: those without a description are nobody else's business."""
    person = workspace.person()
    hidden = held_role(workspace, person)
    rows = invoke(workspace, person, "getUserRoles", [])["result"]
    assert {"_id", "username", "roles"} == set(rows[0])
    by_id = {row["_id"]: row["roles"] for row in rows}
    assert by_id[workspace.admin.id] == ["admin"]
    assert person.id not in by_id
    assert not [row for row in rows if "user" in row["roles"] or hidden in row["roles"]]


async def test_roles_given_and_taken_are_told_where_roles_are_displayed(
    workspace: Workspace,
) -> None:
    person, role = workspace.person(), make_role(workspace)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        # That they are online now is told there too.
        await asyncio.to_thread(workspace.settle)
        await client.sub(LOGGED, "roles-change", False)
        await client.sub("stream-notify-user", f"{person.id}/userData", False)
        with setting(workspace, "UI_DisplayRoles", False):
            assert _give(workspace, role, person).status_code == 200
            assert _take(workspace, role, person).status_code == 200
        assert _give(workspace, role, person).status_code == 200
        assert _take(workspace, role, person).status_code == 200
        own = await client.until_events("stream-notify-user", f"{person.id}/userData", 4)
        told = await client.until_events(LOGGED, "roles-change", 2)
    user = {"_id": person.id, "username": person.username}
    mine = [args[0] for args in told if args[0]["_id"] == role]
    assert mine == [
        {"type": "added", "_id": role, "u": user},
        {"type": "removed", "_id": role, "u": user},
    ]
    assert [args[0]["diff"]["roles"] for args in own] == [["user", role], ["user"]] * 2


@pytest.mark.parametrize("over", ["rest", "ddp"])
async def test_a_role_taken_ends_what_only_it_let_someone_hear(
    workspace: Workspace, over: str
) -> None:
    person = workspace.person()
    rid = workspace.channel(workspace.admin)["_id"]
    assert _give(workspace, "admin", person).status_code == 200
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        assert (await client.sub("stream-stdout", "stdout", False))["msg"] == "ready"
        assert (await client.sub(LOGGED, "private-settings-changed", False))["msg"] == "ready"
        assert (await client.sub("stream-room-messages", rid, False))["msg"] == "ready"
        with without(workspace, "view-c-room", "user"):
            if over == "rest":
                assert _take(workspace, "admin", person).status_code == 200
            else:
                taken = invoke(workspace, workspace.admin, REMOVE, ["admin", person.username])
                assert taken == {"result": True}
            connections = workspace.runtime.connections
            for audience in ("all", f"room:{rid}"):
                for row in connections.listeners(audience, 0):
                    assert row.uid != person.id, audience
            await client.until(lambda _: _ended(client) == 3)
            text = {"message": {"rid": rid, "msg": "unheard"}}
            workspace.admin.ok("POST", "v1/chat.sendMessage", text)
            workspace.settle()
            refused_again = await client.sub("stream-room-messages", rid, False)
            assert refused_again["msg"] == "nosub"
    assert not client.events("stream-room-messages", rid)


def _ended(client: Ddp) -> int:
    """Subs that the server ended for want of a permission."""
    ends = [frame for frame in client.frames if frame.get("msg") == "nosub"]
    return len([frame for frame in ends if frame["error"]["error"] == "not-allowed"])


async def test_what_a_person_may_still_hear_goes_on_after_a_role_was_taken(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    role, rid = held_role(workspace, person), workspace.channel(person)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        for stream, event in (
            ("stream-room-messages", rid),
            ("stream-notify-user", f"{person.id}/rooms-changed"),
        ):
            await client.sub(stream, event, False)
        assert _take(workspace, role, person).status_code == 200
        workspace.settle()
        person.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "heard"}})
        message = (await client.event("stream-room-messages", rid))[0]
        assert message["msg"] == "heard"
        await client.event("stream-notify-user", f"{person.id}/rooms-changed")
    assert not [frame for frame in client.frames if frame.get("msg") == "nosub"]


async def test_who_looks_into_a_public_room_hears_nothing_once_the_permission_went(
    workspace: Workspace,
) -> None:
    """A permission's change ends no sub, but what is published afterwards is held against it."""
    watcher, owner = workspace.person(), workspace.admin
    rid = workspace.channel(owner)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(watcher.token)
        await client.sub("stream-room-messages", rid, False)
        with without(workspace, "view-c-room", "user"):
            owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "unheard"}})
            workspace.settle()
        owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "heard"}})
        await client.event("stream-room-messages", rid)
    assert [m[0]["msg"] for m in client.events("stream-room-messages", rid)] == ["heard"]
