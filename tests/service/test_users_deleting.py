"""Deleting people, and what becomes of what they wrote."""

from __future__ import annotations

import pytest

from contrail.domain.users import digest
from tests.support.ddp import Ddp
from tests.support.people import direct, fails, said, stored
from tests.support.scene import fresh, invoke, refused
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace

UNAUTHORIZED = {"success": False, "error": "unauthorized"}
ALLOWED = "Accounts_AllowDeleteOwnAccount"


def _room(workspace: Workspace, room: Json) -> Json | None:
    found: Json | None = workspace.database["rocketchat_room"].find_one({"_id": room["_id"]})
    return found


@pytest.mark.parametrize("erasure", ["Delete", "Unlink", "Keep"])
def test_deleting_someone(workspace: Workspace, erasure: str) -> None:
    person, other, third = (workspace.person() for _ in range(3))
    room = workspace.channel(other, person)
    pair, group = direct(workspace, person, other), direct(workspace, person, other, third)
    mine, theirs = said(person, room, "mine"), said(other, room, "theirs")
    last = said(person, room, "last")
    workspace.settle()
    with setting(workspace, "Message_ErasureType", erasure):
        workspace.admin.ok("POST", "v1/users.delete", {"username": person.username})
    users, messages = workspace.database["users"], workspace.database["rocketchat_message"]
    rows = workspace.database["rocketchat_subscription"]
    assert users.count_documents({"_id": person.id}) == 0
    assert person.get("v1/me").status_code == 401
    assert rows.count_documents({"u._id": person.id}) == 0
    assert (_room(workspace, room) or {})["usersCount"] == 1
    assert _room(workspace, pair) is None
    left = _room(workspace, group) or {}
    assert (sorted(left["uids"]), left["usersCount"]) == (sorted([other.id, third.id]), 2)
    row = rows.find_one({"rid": group["_id"], "u._id": other.id}) or {}
    assert row["name"] == third.username
    found = {one["_id"]: one["u"] for one in messages.find({"rid": room["_id"]})}
    assert found[theirs["_id"]]["_id"] == other.id
    shown = (_room(workspace, room) or {}).get("lastMessage", {}).get("u", {}).get("_id")
    if erasure == "Delete":
        assert not {mine["_id"], last["_id"]} & set(found)
        assert shown is None
    else:
        author = "rocket.cat" if erasure == "Unlink" else person.id
        assert (found[mine["_id"]]["_id"], shown) == (author, author)
    aliased = messages.find_one({"_id": mine["_id"]}) or {}
    assert aliased.get("alias") == ("Removed User" if erasure == "Unlink" else None)


def test_deleting_takes_the_permission_and_someone_to_delete(workspace: Workspace) -> None:
    person = workspace.person()
    refused(person.post("v1/users.delete", {"userId": person.id}), 403, UNAUTHORIZED)
    reason = 'The required "userId" or "username" param was not provided'
    fails(workspace.admin.post("v1/users.delete", {}), reason, "error-user-param-not-provided")
    details = {"method": "deleteUser", "action": "Delete_user"}
    reason = "Deleting the rocket.cat user is not allowed"
    answer = workspace.admin.post("v1/users.delete", {"userId": "rocket.cat"})
    fails(answer, reason, "error-action-not-allowed", details)
    gone = invoke(workspace, workspace.admin, "deleteUser", [fresh("x")])["error"]
    assert (gone["error"], gone["reason"]) == ("error-invalid-user", "Invalid user to delete")
    assert invoke(workspace, workspace.admin, "deleteUser", [person.id]) == {"result": True}


def test_deleting_again_finishes_what_was_left_half_done(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, other = workspace.person(), workspace.person()
    room = workspace.channel(other, person)
    said(person, room, "mine")
    account = workspace.runtime.instances["account"]
    with monkeypatch.context() as patch:
        patch.setattr(account.store.users, "remove", lambda uid: 1 / 0)
        answer = workspace.admin.post("v1/users.delete", {"userId": person.id})
        assert answer.status_code == 500
    assert stored(workspace, person.id)["active"] is False
    workspace.admin.ok("POST", "v1/users.delete", {"userId": person.id})
    assert workspace.database["users"].count_documents({"_id": person.id}) == 0
    assert (_room(workspace, room) or {})["usersCount"] == 1


def test_should_delete_user_own_account(workspace: Workspace) -> None:
    """Also when the SHA256 hash is in upper case."""
    path, details = "v1/users.deleteOwnAccount", {"method": "deleteUserOwnAccount"}
    with setting(workspace, ALLOWED, False):
        answer = workspace.person().post(path, {"password": digest("secret")})
        fails(answer, "Not allowed", "error-not-allowed", details)
    with setting(workspace, ALLOWED, True):
        person = workspace.person()
        fails(person.post(path, {}), 'Body parameter "password" is required.')
        answer = person.post(path, {"password": digest("wrong")})
        fails(answer, "Invalid password", "error-invalid-password", details)
        for hashed in (digest("secret"), digest("secret").upper()):
            person = workspace.person()
            person.ok("POST", path, {"password": hashed})
            assert workspace.database["users"].count_documents({"_id": person.id}) == 0
        person = workspace.person()
        change = {"$unset": {"services.password": ""}}
        workspace.database["users"].update_one({"_id": person.id}, change)
        answer = person.post(path, {"password": digest("someone")})
        fails(answer, "Invalid username", "error-invalid-username", details)
        person.ok("POST", path, {"password": digest(person.username)})


async def test_deleting_oneself_over_ddp_is_answered(workspace: Workspace) -> None:
    person = workspace.person()
    with setting(workspace, ALLOWED, True):
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            await client.resume(person.token)
            answer = await client.call("deleteUserOwnAccount", digest("secret"))
            assert answer["result"] is True
            await client.send({"msg": "sub", "id": "1", "name": "roles", "params": []})
            await client.closed()
