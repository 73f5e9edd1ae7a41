"""Deactivating people, and what becomes of the rooms of who leaves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.domain.users import digest
from tests.support.ddp import Ddp
from tests.support.people import direct, edited, fails, made, said, stored
from tests.support.scene import changes, fresh, invoke, refused, snapshot, without
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

UNAUTHORIZED = {"success": False, "error": "unauthorized"}
ALLOWED = "Accounts_AllowDeleteOwnAccount"


def _active(workspace: Workspace, uid: str, active: bool, **more: Any) -> Any:
    given = {"userId": uid, "activeStatus": active, **more}
    return workspace.admin.post("v1/users.setActiveStatus", given)


def _private(workspace: Workspace, owner: Person, *members: Person) -> Json:
    room = workspace.channel(owner, *members)
    change = {"$set": {"t": "p"}}
    workspace.database["rocketchat_room"].update_one({"_id": room["_id"]}, change)
    rows = workspace.database["rocketchat_subscription"]
    rows.update_many({"rid": room["_id"]}, change)
    return room


def _owners(workspace: Workspace, room: Json) -> list[str]:
    match = {"rid": room["_id"], "roles": "owner"}
    rows = workspace.database["rocketchat_subscription"].find(match)
    return [row["u"]["_id"] for row in rows]


def _room(workspace: Workspace, room: Json) -> Json | None:
    found: Json | None = workspace.database["rocketchat_room"].find_one({"_id": room["_id"]})
    return found


def test_should_set_other_user_active_status(workspace: Workspace) -> None:
    person = workspace.person()
    assert _active(workspace, person.id, False).json()["user"] == {
        "_id": person.id,
        "active": False,
    }
    assert person.get("v1/me").status_code == 401
    assert (
        "loginTokens" not in stored(workspace, person.id)["services"].get("resume", {})
        or not (stored(workspace, person.id)["services"]["resume"]["loginTokens"])
    )
    login = {"user": person.username, "password": "secret"}
    assert workspace.http("POST", "v1/login", json=login).status_code == 401
    assert _active(workspace, person.id, True).json()["user"]["active"] is True
    assert person.get("v1/me").status_code == 401, "what was revoked stays revoked"
    assert workspace.login(person.username, "secret").id == person.id


def test_should_return_an_error_without_the_necessary_permission(workspace: Workspace) -> None:
    """For others and for oneself; with it, one may deactivate oneself."""
    person = workspace.person()
    for uid in (workspace.admin.id, person.id):
        given = {"userId": uid, "activeStatus": False}
        refused(person.post("v1/users.setActiveStatus", given), 403, UNAUTHORIZED)
    other = workspace.login(made(workspace, roles=["admin"])["username"], "secret")
    given = {"userId": other.id, "activeStatus": False, "confirmRelinquish": True}
    answer = other.post("v1/users.setActiveStatus", given)
    assert (answer.status_code, answer.json()["user"]["active"]) == (200, False)
    answer = _active(workspace, fresh("x"), False)
    fails(answer, "Invalid user", "error-invalid-user", {"method": "setUserActiveStatus"})


def test_being_active_takes_a_permission_of_its_own(workspace: Workspace) -> None:
    person = workspace.person()
    with without(workspace, "edit-other-user-active-status", "admin"):
        before = snapshot(workspace)
        answer = edited(workspace, person.id, active=False, bio="never")
        details = {"method": "setUserActiveStatus"}
        fails(answer, "Not allowed", "error-not-allowed", details)
        assert not changes(workspace, before)
    assert edited(workspace, person.id, active=False).json()["user"]["active"] is False


def test_should_make_agents_not_available_when_the_user_is_deactivated(
    workspace: Workspace,
) -> None:
    """should not make agents available when the user is activated"""
    uid = made(workspace, roles=["user", "livechat-agent"])["_id"]
    change = {"$set": {"statusLivechat": "available"}}
    workspace.database["users"].update_one({"_id": uid}, change)
    for active in (False, True):
        assert _active(workspace, uid, active).status_code == 200
        assert stored(workspace, uid)["statusLivechat"] == "not-available"


def test_set_user_active_status_and_direct_conversations(workspace: Workspace) -> None:
    """read-only when deactivated; writable again only when both sides are active"""
    one, other, third = (workspace.person() for _ in range(3))
    room, group = direct(workspace, one, other), direct(workspace, one, other, third)
    method = "setUserActiveStatus"

    def read_only(which: Json) -> bool:
        return bool((_room(workspace, which) or {}).get("ro"))

    assert invoke(workspace, workspace.admin, method, [one.id, False]) == {"result": True}
    assert (read_only(room), read_only(group)) == (True, False)
    assert invoke(workspace, workspace.admin, method, [other.id, False]) == {"result": True}
    assert invoke(workspace, workspace.admin, method, [one.id, True]) == {"result": True}
    assert read_only(room)
    assert invoke(workspace, workspace.admin, method, [other.id, True]) == {"result": True}
    assert not read_only(room)


@pytest.mark.parametrize("kind", ["setActiveStatus", "delete", "deleteOwnAccount"])
def test_last_owner_cases(workspace: Workspace, kind: str) -> None:
    """An error with the rooms; with `confirmRelinquish` the oldest active member inherits."""
    person, gone, heir, younger = (workspace.person() for _ in range(4))
    shared = workspace.channel(person, gone, heir, younger)
    lonely, public = _private(workspace, person), workspace.channel(person)
    rows = workspace.database["rocketchat_subscription"]
    for place, member in enumerate((gone, heir, younger)):
        when = workspace.runtime.clock.now().replace(year=2001 + place)
        rows.update_one({"rid": shared["_id"], "u._id": member.id}, {"$set": {"ts": when}})
    workspace.database["users"].update_one({"_id": gone.id}, {"$set": {"active": False}})

    def leave(**more: Any) -> Any:
        if kind == "deleteOwnAccount":
            return person.post(f"v1/users.{kind}", {"password": digest("secret"), **more})
        given = {"userId": person.id, **more}
        if kind == "setActiveStatus":
            given["activeStatus"] = False
        return workspace.admin.post(f"v1/users.{kind}", given)

    details = {"shouldBeRemoved": [lonely["fname"]], "shouldChangeOwner": [shared["fname"]]}
    with setting(workspace, ALLOWED, True):
        fails(leave(), "", "user-last-owner", details)
        assert person.get("v1/me").status_code == 200
        assert _owners(workspace, shared) == [person.id]
        assert leave(confirmRelinquish=True).status_code == 200
    assert heir.id in _owners(workspace, shared)
    assert younger.id not in _owners(workspace, shared)
    assert (_room(workspace, lonely), _room(workspace, public) is None) == (None, False)
    kept = [] if kind != "setActiveStatus" else [person.id]
    assert sorted(_owners(workspace, shared)) == sorted([heir.id, *kept])


def test_someone_stays_admin(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace()
    admin, code = workspace.admin, "error-action-not-allowed"
    details = {"method": "removeUserFromRole", "action": "Remove_last_admin"}
    reason = "Leaving the app without an active admin is not allowed"
    fails(_active(workspace, admin.id, False), reason, code, details)
    idle = {"daysIdle": 0, "role": "admin"}
    assert admin.ok("POST", "v1/users.deactivateIdle", idle)["count"] == 0
    reason, details = "Leaving the app without admins is not allowed", {"method": "deleteUser"}
    details["action"] = "Remove_last_admin"
    fails(admin.post("v1/users.delete", {"userId": admin.id}), reason, code, details)
    demoted = admin.post("v1/users.update", {"userId": admin.id, "data": {"roles": ["user"]}})
    assert demoted.json()["errorType"] == code
    assert admin.get("v1/me").status_code == 200


def test_of_two_admins_who_deactivate_each_other_one_stays(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace()
    second = workspace.login(made(workspace, roles=["admin"])["username"], "secret")
    pairs = [(workspace.admin, second.id), (second, workspace.admin.id)]

    def deactivate(pair: tuple[Person, str]) -> int:
        given = {"userId": pair[1], "activeStatus": False, "confirmRelinquish": True}
        return pair[0].post("v1/users.setActiveStatus", given).status_code

    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(deactivate, pairs))
    active = workspace.database["users"].count_documents({"roles": "admin", "active": True})
    assert (active, codes.count(200)) == (1, 1)


def test_deactivate_idle(workspace: Workspace) -> None:
    """no users in time range; the test user with its role and daysIdle = 0, and not again"""
    role, person = fresh("r"), workspace.person()
    change = {"$push": {"roles": role}}
    workspace.database["users"].update_one({"_id": person.id}, change)

    def deactivate(days: int) -> int:
        given = {"daysIdle": days, "role": role}
        return int(workspace.admin.ok("POST", "v1/users.deactivateIdle", given)["count"])

    room = _private(workspace, person)
    assert deactivate(999_999) == 0
    assert [deactivate(0), deactivate(0)] == [1, 0]
    assert person.get("v1/me").status_code == 401
    assert _room(workspace, room) is not None, "rooms are left to whom they belong"
    answer = workspace.person().post("v1/users.deactivateIdle", {"daysIdle": 0})
    refused(answer, 403, UNAUTHORIZED)


async def test_who_is_deactivated_hears_nothing_more(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    room = workspace.channel(other, person)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub("stream-room-messages", room["_id"], False)
        assert _active(workspace, person.id, False).status_code == 200
        said(other, room, "too late")
        await client.closed()
        assert client.events("stream-room-messages", room["_id"]) == []


async def test_who_loses_a_role_by_an_update_stops_hearing_what_it_was_for(
    workspace: Workspace,
) -> None:
    second = workspace.login(made(workspace, roles=["admin"])["username"], "secret")
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(second.token)
        ready = await client.sub("stream-stdout", "stdout", False)
        assert edited(workspace, second.id, roles=["user"]).status_code == 200
        ended = await client.until(lambda frame: frame.get("msg") == "nosub")
        assert [ended["id"]] == ready["subs"]
