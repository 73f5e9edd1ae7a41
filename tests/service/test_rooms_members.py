"""Leaving rooms and being taken out of them, and what everyone hears of it."""

from __future__ import annotations

import pytest

from tests.support.ddp import Ddp
from tests.support.people import direct, fails
from tests.support.rooms import (
    admins_may,
    fault,
    give_role,
    group,
    members_of,
    said_in,
)
from tests.support.scene import invoke, without
from tests.support.workspace import Person, Workspace

NOTIFY = "stream-notify-user"
LAST = "You are the last owner. Please set new owner before leaving the room."


@pytest.mark.parametrize("family", ["channels", "groups"])
def test_leaving_says_so_and_is_for_members(workspace: Workspace, family: str) -> None:
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member) if family == "channels" else group(owner, member)
    left = member.ok("POST", f"v1/{family}.leave", {"roomId": room["_id"]})[family[:-1]]
    assert left["usersCount"] == 1
    assert members_of(workspace, room["_id"]) == {owner.id}
    assert said_in(workspace, room["_id"]) == [("ul", member.username, member.username)]
    again = invoke(workspace, member, "leaveRoom", [room["_id"]])["error"]
    assert (again["error"], again["reason"]) == (
        "error-user-not-in-room",
        "You are not in this room",
    )


@pytest.mark.parametrize("family", ["channels", "groups"])
def test_the_last_owner_stays_until_there_is_another(workspace: Workspace, family: str) -> None:
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member) if family == "channels" else group(owner, member)
    given = {"roomId": room["_id"]}
    details = {"method": "leaveRoom"}
    for path in (f"v1/{family}.leave", "v1/rooms.leave"):
        fails(owner.post(path, given), LAST, "error-you-are-last-owner", details)
    assert fault(owner, workspace, "leaveRoom", room["_id"]) == "error-you-are-last-owner"
    owner.ok("POST", f"v1/{family}.addOwner", {**given, "userId": member.id})
    owner.ok("POST", "v1/rooms.leave", given)
    assert members_of(workspace, room["_id"]) == {member.id}


@pytest.mark.parametrize(("permission", "kind"), [("leave-c", "c"), ("leave-p", "p")])
def test_without_the_permission_nobody_leaves(
    workspace: Workspace, permission: str, kind: str
) -> None:
    """[Rooms] [/rooms.leave] should return an Error when ... not have the necessary permission"""
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member) if kind == "c" else group(owner, member)
    with without(workspace, permission, "user"):
        answer = member.post("v1/rooms.leave", {"roomId": room["_id"]})
        fails(answer, "Not allowed", "error-not-allowed", {"method": "leaveRoom"})
    assert member.id in members_of(workspace, room["_id"])


def test_nobody_leaves_a_direct_room(workspace: Workspace) -> None:
    one, other = workspace.person(), workspace.person()
    room = direct(workspace, one, other)
    answer = one.post("v1/rooms.leave", {"roomId": room["_id"]})
    fails(answer, "Not allowed", "error-not-allowed", {"method": "leaveRoom"})


def test_a_moderator_takes_someone_out_of_a_group(workspace: Workspace) -> None:
    """[Groups] /groups.kick should allow a moderator to remove user from group"""
    owner, moderator, member = (workspace.person() for _ in range(3))
    room = group(owner, moderator, member)
    given = {"roomId": room["_id"], "username": member.username}
    details = {"method": "removeUserFromRoom"}
    fails(moderator.post("v1/groups.kick", given), "Not allowed", "error-not-allowed", details)
    give_role(moderator, room["_id"], "moderator")
    moderator.ok("POST", "v1/groups.kick", given)
    assert members_of(workspace, room["_id"]) == {owner.id, moderator.id}
    assert said_in(workspace, room["_id"]) == [("ru", member.username, moderator.username)]
    again = moderator.post("v1/groups.kick", given)
    fails(again, "User is not in this room", "error-user-not-in-room", details)


def test_kicking_from_outside_a_group_needs_a_permission(workspace: Workspace) -> None:
    """[Groups] /groups.kick ... not a member of the group and doesn't have permission, or has it"""
    owner, member = workspace.person(), workspace.person()
    room = group(owner, member)
    given = {"roomId": room["_id"], "userId": member.id}
    reason = 'The required "roomId" or "roomName" param provided does not match any group'
    answer = workspace.admin.post("v1/groups.kick", given)
    fails(answer, reason, "error-room-not-found")
    data = {"rid": room["_id"], "username": member.username}
    assert fault(workspace.admin, workspace, "removeUserFromRoom", data) == "error-room-not-found"
    with admins_may(workspace, "kick-user-from-any-p-room"):
        workspace.admin.ok("POST", "v1/groups.kick", given)
    assert members_of(workspace, room["_id"]) == {owner.id}


def test_the_last_owner_is_not_taken_out(workspace: Workspace) -> None:
    owner = workspace.person()
    room = workspace.channel(owner)
    answer = workspace.admin.post("v1/channels.kick", {"roomId": room["_id"], "userId": owner.id})
    details = {"method": "removeUserFromRoom"}
    fails(answer, LAST, "error-you-are-last-owner", details)


async def _listening(client: Ddp, person: Person, rid: str) -> None:
    await client.connect()
    await client.resume(person.token)
    for name in ("rooms-changed", "subscriptions-changed"):
        await client.sub(NOTIFY, f"{person.id}/{name}", False)
    await client.sub("stream-room-messages", rid, False)


async def test_who_is_taken_out_hears_that_and_nothing_after_it(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = group(owner, member)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await _listening(client, member, rid)
        owner.ok("POST", "v1/groups.kick", {"roomId": rid, "userId": member.id})
        audience = workspace.runtime.connections.listeners(f"room:{rid}", 0)
        assert [row for row in audience if row.uid == member.id] == []
        owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "secret"}})
        owner.ok("POST", "v1/groups.setTopic", {"roomId": rid, "topic": "secret"})
        args = await client.event(NOTIFY, f"{member.id}/subscriptions-changed")
        assert args[0] == "removed"
        assert set(args[1]) == {"_id", "rid", "t", "u"}
        gone = await client.event(NOTIFY, f"{member.id}/rooms-changed")
        assert gone == ["removed", {"_id": rid}]
        workspace.settle()
        await client.call("rooms/get")
        assert "secret" not in str(client.frames)


async def test_who_stays_hears_who_left(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = group(owner, member)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await _listening(client, owner, rid)
        member.ok("POST", "v1/groups.leave", {"roomId": rid})
        (message,) = await client.event("stream-room-messages", rid)
        assert (message["t"], message["msg"]) == ("ul", member.username)
        action, room = await client.event(NOTIFY, f"{owner.id}/rooms-changed")
        assert (action, room["usersCount"]) == ("updated", 1)


async def test_who_leaves_a_channel_may_go_on_looking_in(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await _listening(client, member, rid)
        member.ok("POST", "v1/channels.leave", {"roomId": rid})
        owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "open"}})
        heard = await client.until_events("stream-room-messages", rid, 2)
        assert [message["msg"] for (message,) in heard] == [member.username, "open"]
        workspace.settle()
        changed = client.events(NOTIFY, f"{member.id}/rooms-changed")
        assert [action for action, _ in changed] == ["removed"]
