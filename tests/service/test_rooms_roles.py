"""Owners, moderators and leaders of rooms; muted members; blocked ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import direct, fails
from tests.support.rooms import (
    fault,
    give_role,
    group,
    roles_in,
    said_in,
    stored_room,
    subscription_in,
)
from tests.support.scene import changes, invoke, snapshot
from tests.support.workspace import Json, Person, Workspace

ROLES = {"owner": "an owner", "moderator": "a moderator", "leader": "a leader"}
every_role = pytest.mark.parametrize("role", sorted(ROLES))
every_family = pytest.mark.parametrize("family", ["channels", "groups"])


def _room(family: str, owner: Person, *members: Person) -> str:
    make = owner.workspace.channel if family == "channels" else group
    return str(make(owner, *members)["_id"])


@every_family
@every_role
def test_a_role_is_given_once_and_taken_once(workspace: Workspace, family: str, role: str) -> None:
    owner, member = workspace.person(), workspace.person()
    rid, named = _room(family, owner, member), role.title()
    given = {"roomId": rid, "userId": member.id}
    owner.ok("POST", f"v1/{family}.add{named}", given)
    assert roles_in(member, rid) == [role]
    answer = owner.post(f"v1/{family}.add{named}", given)
    details = {"method": f"addRoom{named}"}
    fails(answer, f"User is already {ROLES[role]}", f"error-user-already-{role}", details)
    owner.ok("POST", f"v1/{family}.remove{named}", {"roomId": rid, "username": member.username})
    assert roles_in(member, rid) == []
    answer = owner.post(f"v1/{family}.remove{named}", given)
    details = {"method": f"removeRoom{named}"}
    fails(answer, f"User is not {ROLES[role]}", f"error-user-not-{role}", details)
    assert said_in(workspace, rid) == [
        (f"subscription-role-{how}", member.username, owner.username)
        for how in ("added", "removed")
    ]
    found = workspace.database["rocketchat_message"].find({"rid": rid})
    assert [row["role"] for row in found] == [role, role]


@every_role
def test_who_is_not_in_the_room_has_no_role_there(workspace: Workspace, role: str) -> None:
    owner, other = workspace.person(), workspace.person()
    rid, named = workspace.channel(owner)["_id"], role.title()
    given = {"roomId": rid, "userId": other.id}
    answer = owner.post(f"v1/channels.add{named}", given)
    details: Json = {"method": f"addRoom{named}"}
    fails(answer, "User is not in this room", "error-user-not-in-room", details)
    answer = owner.post(f"v1/channels.remove{named}", given)
    details = {"method": f"removeRoom{named}"}
    if role == "leader":
        fails(answer, "User is not in this room", "error-user-not-in-room", details)
    else:
        fails(answer, "Invalid room", "error-invalid-room", details)


@every_role
def test_only_who_may_gives_roles(workspace: Workspace, role: str) -> None:
    owner, moderator, member = (workspace.person() for _ in range(3))
    rid, named = workspace.channel(owner, moderator, member)["_id"], role.title()
    give_role(moderator, rid, "moderator")
    before = snapshot(workspace)
    for how in ("add", "remove"):
        answer = moderator.post(f"v1/channels.{how}{named}", {"roomId": rid, "userId": member.id})
        fails(answer, "Not allowed", "error-not-allowed", {"method": f"{how}Room{named}"})
        code = fault(moderator, workspace, f"{how}Room{named}", rid, member.id)
        assert code == "error-not-allowed"
    assert not changes(workspace, before)


@every_family
def test_a_user_has_to_be_named_and_be_there(workspace: Workspace, family: str) -> None:
    """addModerator: missing user id; removeModerator: invalid room id, invalid user id"""
    owner = workspace.person()
    rid = _room(family, owner)
    for name in ("addModerator", "removeModerator"):
        answer = owner.post(f"v1/{family}.{name}", {"roomId": rid})
        reason = 'The required "userId" or "username" param was not provided'
        fails(answer, reason, "error-user-param-not-provided")
        answer = owner.post(f"v1/{family}.{name}", {"roomId": rid, "userId": "no-such-user"})
        reason = 'The required "userId" or "username" param provided does not match any users'
        fails(answer, reason, "error-invalid-user")
        answer = owner.post(f"v1/{family}.{name}", {"roomId": "no-room", "userId": owner.id})
        assert answer.json()["errorType"] == "error-room-not-found"


def test_a_room_keeps_an_owner(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = workspace.channel(owner, other)["_id"]
    answer = owner.post("v1/channels.removeOwner", {"roomId": rid, "userId": owner.id})
    reason = "This is the last owner. Please set a new owner before removing this one."
    fails(answer, reason, "error-remove-last-owner", {"method": "removeRoomOwner"})
    owner.ok("POST", "v1/channels.addOwner", {"roomId": rid, "userId": other.id})
    assert invoke(workspace, other, "removeRoomOwner", [rid, owner.id]) == {"result": True}
    assert (roles_in(owner, rid), roles_in(other, rid)) == ([], ["owner"])


async def test_everyone_hears_who_got_which_role(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(member.token)
        await client.sub("stream-notify-logged", "roles-change", False)
        await client.sub("stream-notify-user", f"{member.id}/subscriptions-changed", False)
        owner.ok("POST", "v1/channels.addLeader", {"roomId": rid, "userId": member.id})
        heard = await client.until_events("stream-notify-logged", "roles-change", 1)
        told = [one for (one,) in heard if one["scope"] == rid]
        assert [(one["type"], one["_id"], one["u"]["_id"]) for one in told] == [
            ("added", "leader", member.id)
        ]
        name = f"{member.id}/subscriptions-changed"
        action, row = await client.event("stream-notify-user", name)
        assert (action, row["roles"]) == ("updated", ["leader"])


def _sends(person: Person, rid: str) -> bool:
    given = {"message": {"rid": rid, "msg": "hi"}}
    return person.post("v1/chat.sendMessage", given).status_code == 200


def _mute(person: Person, how: str, rid: str, other: Person) -> Any:
    data = {"rid": rid, "username": other.username}
    return invoke(person.workspace, person, f"{how}UserInRoom", [data])


def test_a_muted_member_of_a_standard_room_writes_nothing_until_unmuted(
    workspace: Workspace,
) -> None:
    """Meteor.methods [@muteUserInRoom & @unmuteUserInRoom] -> standard room"""
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    assert _sends(member, rid)
    assert _mute(owner, "mute", rid, member) == {"result": True}
    assert stored_room(workspace, rid)["muted"] == [member.username]
    assert not _sends(member, rid)
    assert _mute(owner, "unmute", rid, member) == {"result": True}
    room = stored_room(workspace, rid)
    assert (room["muted"], room.get("unmuted")) == ([], None)
    assert _sends(member, rid)
    said = [("user-muted", member.username, owner.username)]
    said += [("user-unmuted", member.username, owner.username)]
    assert said_in(workspace, rid) == said


def test_in_a_read_only_room_who_is_unmuted_writes_until_muted(workspace: Workspace) -> None:
    """Meteor.methods [@muteUserInRoom & @unmuteUserInRoom] -> read-only room"""
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member, readOnly=True)["_id"]
    assert not _sends(member, rid)
    assert _mute(owner, "unmute", rid, member) == {"result": True}
    assert stored_room(workspace, rid)["unmuted"] == [member.username]
    assert _sends(member, rid)
    assert _mute(owner, "mute", rid, member) == {"result": True}
    assert stored_room(workspace, rid)["unmuted"] == []
    assert not _sends(member, rid)


def test_the_bot_is_muted_over_rest(workspace: Workspace) -> None:
    """[Rooms] /rooms.muteUser: invite rocket.cat, mute, in mute list; /rooms.unmuteUser"""
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    owner.ok("POST", "v1/channels.invite", {"roomId": rid, "username": "rocket.cat"})
    owner.ok("POST", "v1/rooms.muteUser", {"roomId": rid, "userId": "rocket.cat"})
    assert stored_room(workspace, rid)["muted"] == ["rocket.cat"]
    owner.ok("POST", "v1/channels.setReadOnly", {"roomId": rid, "readOnly": True})
    owner.ok("POST", "v1/rooms.unmuteUser", {"roomId": rid, "username": "rocket.cat"})
    assert stored_room(workspace, rid)["unmuted"] == ["rocket.cat"]


def test_muting_is_for_who_may_and_for_rooms_of_several(workspace: Workspace) -> None:
    owner, member, outsider = (workspace.person() for _ in range(3))
    rid = workspace.channel(owner, member)["_id"]
    data = {"rid": rid, "username": owner.username}
    assert fault(member, workspace, "muteUserInRoom", data) == "error-not-allowed"
    data = {"rid": rid, "username": outsider.username}
    assert fault(owner, workspace, "muteUserInRoom", data) == "error-user-not-in-room"
    room = direct(workspace, owner, member)["_id"]
    data = {"rid": room, "username": member.username}
    assert fault(workspace.admin, workspace, "muteUserInRoom", data) == "error-invalid-room-type"
    both = {"roomId": rid, "userId": member.id, "username": member.username}
    assert owner.post("v1/rooms.muteUser", both).json()["errorType"] == "invalid-params"


def test_one_blocks_the_other_in_a_direct_room_of_two(workspace: Workspace) -> None:
    one, other, third = (workspace.person() for _ in range(3))
    rid = direct(workspace, one, other)["_id"]
    data = {"rid": rid, "blocked": other.id}
    assert invoke(workspace, one, "blockUser", [data]) == {"result": True}
    assert (subscription_in(one, rid) or {})["blocker"] is True
    assert (subscription_in(other, rid) or {})["blocked"] is True
    assert invoke(workspace, one, "unblockUser", [data]) == {"result": True}
    rows = [subscription_in(one, rid) or {}, subscription_in(other, rid) or {}]
    assert not any({"blocker", "blocked"} & set(row) for row in rows)
    several = direct(workspace, one, other, third)["_id"]
    channel = workspace.channel(one, other)["_id"]
    for where in (several, channel):
        data = {"rid": where, "blocked": other.id}
        assert fault(one, workspace, "blockUser", data) == "error-invalid-room"
    data = {"rid": rid, "blocked": one.id}
    assert fault(one, workspace, "blockUser", data) == "error-invalid-room"
