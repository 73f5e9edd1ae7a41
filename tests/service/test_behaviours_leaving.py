"""[/users.deactivateIdle], [/users.setActiveStatus], [/users.listByStatus]: the rarer cases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contrail.domain.users import digest
from tests.support.people import direct, made, register, said, stored
from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

ALLOWED = "Accounts_AllowDeleteOwnAccount"


def _deactivate(workspace: Workspace, uid: str) -> Any:
    given = {"userId": uid, "activeStatus": False}
    return workspace.admin.post("v1/users.setActiveStatus", given)


def _kept(workspace: Workspace, room: Json) -> bool:
    return workspace.database["rocketchat_room"].find_one({"_id": room["_id"]}) is not None


def test_direct_rooms_stay_when_someone_is_deactivated(workspace: Workspace) -> None:
    """Notes to oneself, and what is left of a talk with someone who was deleted."""
    person, gone = workspace.person(), workspace.person()
    notes, talk = direct(workspace, person), direct(workspace, person, gone)
    left = {"rid": talk["_id"], "u._id": gone.id}
    workspace.database["rocketchat_subscription"].delete_one(left)
    assert _deactivate(workspace, person.id).status_code == 200
    assert _kept(workspace, notes)
    assert _kept(workspace, talk)


def test_direct_rooms_take_no_confirmation_and_end_with_the_account(workspace: Workspace) -> None:
    person = workspace.person()
    notes = direct(workspace, person)
    with setting(workspace, ALLOWED, True):
        person.ok("POST", "v1/users.deleteOwnAccount", {"password": digest("secret")})
    assert not _kept(workspace, notes)


def _idle(workspace: Workspace, role: str, days: int) -> int:
    given = {"daysIdle": days, "role": role}
    return int(workspace.admin.ok("POST", "v1/users.deactivateIdle", given)["count"])


def test_who_never_logged_in_is_idle_since_the_account_was_made(workspace: Workspace) -> None:
    role, users = fresh("r"), workspace.database["users"]
    uid = made(workspace)["_id"]
    long_ago = workspace.runtime.clock.now() - timedelta(days=10)
    change: Json = {"$push": {"roles": role}, "$set": {"createdAt": long_ago}}
    users.update_one({"_id": uid}, change)
    assert "lastLogin" not in stored(workspace, uid)
    assert [_idle(workspace, role, 11), _idle(workspace, role, 9)] == [0, 1]
    assert stored(workspace, uid)["active"] is False


def _listed(person: Person, query: str) -> set[str]:
    answer = person.workspace.http(
        "GET", f"v1/users.listByStatus?count=0&{query}", headers=person.headers
    )
    assert answer.status_code == 200, answer.text
    return {user["_id"] for user in answer.json()["users"]}


@pytest.mark.parametrize(
    "query", ["roles[]={0}&roles[]={1}", "roles[0]={0}&roles[1]={1}", "roles={0}&roles={1}"]
)
def test_several_roles_may_be_written_in_each_way_that_clients_do(
    workspace: Workspace, query: str
) -> None:
    roles, people = (fresh("r"), fresh("r")), [made(workspace)["_id"] for _ in range(3)]
    for uid, role in zip(people, roles, strict=False):
        workspace.database["users"].update_one({"_id": uid}, {"$push": {"roles": role}})
    assert _listed(workspace.admin, query.format(*roles)) == set(people[:2])
    assert _listed(workspace.admin, f"roles={roles[0]}") == {people[0]}


def test_inactive_people_are_told_apart_by_the_reason(workspace: Workspace) -> None:
    role, idle, off = fresh("r"), made(workspace)["_id"], made(workspace)["_id"]
    workspace.database["users"].update_one({"_id": idle}, {"$push": {"roles": role}})
    assert _idle(workspace, role, 0) == 1
    assert _deactivate(workspace, off).status_code == 200
    with setting(workspace, "Accounts_ManuallyApproveNewUsers", True):
        waiting = register(workspace).json()["user"]["_id"]
    reasons = {"idle_too_long": idle, "deactivated": off, "pending_approval": waiting}
    for reason, uid in reasons.items():
        found = _listed(workspace.admin, f"inactiveReason[]={reason}")
        assert found & set(reasons.values()) == {uid}
    answer = workspace.admin.get("v1/users.listByStatus", inactiveReason="tired")
    assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-params")
    again = {"userId": off, "activeStatus": True}
    assert workspace.admin.post("v1/users.setActiveStatus", again).status_code == 200
    assert "inactiveReason" not in stored(workspace, off)


@pytest.mark.parametrize("erasure", ["Delete", "Unlink"])
def test_what_someone_wrote_goes_from_rooms_that_they_left_too(
    workspace: Workspace, erasure: str
) -> None:
    person, other = workspace.person(), workspace.person()
    room = workspace.channel(other, person)
    said(person, room, "private")
    workspace.settle()
    mine = {"rid": room["_id"], "u._id": person.id}
    workspace.database["rocketchat_subscription"].delete_one(mine)
    with setting(workspace, "Message_ErasureType", erasure):
        workspace.admin.ok("POST", "v1/users.delete", {"userId": person.id})
    left = workspace.database["rocketchat_room"].find_one({"_id": room["_id"]}) or {}
    author = left.get("lastMessage", {}).get("u", {}).get("_id")
    assert author == (None if erasure == "Delete" else "rocket.cat")
