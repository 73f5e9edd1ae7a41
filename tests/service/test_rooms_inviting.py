"""Bringing people into rooms: by invitation, by method, all at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.rooms import (
    admins_may,
    fault,
    give_role,
    group,
    members_of,
    room_of,
    said_in,
    stored_room,
    subscription_in,
)
from tests.support.scene import changes, invoke, snapshot
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace

NOTIFY = "stream-notify-user"


@pytest.mark.parametrize("family", ["channels", "groups"])
def test_people_are_invited_by_id_or_name_one_or_several(workspace: Workspace, family: str) -> None:
    owner, people = workspace.person(), [workspace.person() for _ in range(5)]
    room = workspace.channel(owner) if family == "channels" else group(owner)
    a, b, c, d, e = people
    for given in (
        {"userId": a.id},
        {"username": b.username.upper()},
        {"userIds": [c.id, c.id, "no-such-user"]},
        {"usernames": [d.username], "username": e.username},
    ):
        owner.ok("POST", f"v1/{family}.invite", {"roomId": room["_id"], **given})
    assert stored_room(workspace, room["_id"])["usersCount"] == 6
    assert members_of(workspace, room["_id"]) == {owner.id, *(one.id for one in people)}
    said = [("au", one.username, owner.username) for one in people]
    assert sorted(said_in(workspace, room["_id"])) == sorted(said)


def test_an_invitation_names_someone(workspace: Workspace) -> None:
    owner = workspace.person()
    channel, closed = workspace.channel(owner)["_id"], group(owner)["_id"]
    for family, rid in (("channels", channel), ("groups", closed)):
        reason = 'Please provide "userId" or "username" or "userIds" or "usernames" as param'
        answer = owner.post(f"v1/{family}.invite", {"roomId": rid})
        fails(answer, reason, "error-users-params-not-provided")
    nobody = owner.post("v1/channels.invite", {"roomId": channel, "userId": "x"})
    assert nobody.json() == {
        "success": False,
        "error": "invalid-user-invite-list",
        "errorType": "Cannot invite if no users are provided",
    }
    nobody = owner.post("v1/groups.invite", {"roomId": closed, "userId": "x"})
    fails(nobody, "Cannot invite if no valid users are provided", "error-empty-invite-list")


def test_who_may_not_add_people_adds_nobody(workspace: Workspace) -> None:
    owner, member, other = (workspace.person() for _ in range(3))
    room = workspace.channel(owner, member)
    before = snapshot(workspace)
    given = {"roomId": room["_id"], "userId": other.id}
    answer = member.post("v1/channels.invite", given)
    fails(answer, "Not allowed", "error-not-allowed", {"method": "addUsersToRoom"})
    data = {"rid": room["_id"], "users": [other.username]}
    assert fault(member, workspace, "addUsersToRoom", data) == "error-not-allowed"
    assert not changes(workspace, before)
    give_role(member, room["_id"], "moderator")
    member.ok("POST", "v1/channels.invite", given)


def test_an_admin_adds_people_to_channels_they_are_not_in_and_to_groups_with_the_permission(
    workspace: Workspace,
) -> None:
    owner, other = workspace.person(), workspace.person()
    channel, closed = workspace.channel(owner), group(owner)
    admin = workspace.admin
    admin.ok("POST", "v1/channels.invite", {"roomId": channel["_id"], "userId": other.id})
    given = {"roomId": closed["_id"], "userId": other.id}
    assert admin.post("v1/groups.invite", given).status_code == 400
    with admins_may(workspace, "add-user-to-any-p-room"):
        admin.ok("POST", "v1/groups.invite", given)
    assert other.id in members_of(workspace, closed["_id"])


def test_adding_a_single_user_and_several_by_method(workspace: Workspace) -> None:
    """Meteor.methods [@addUsersToRoom] should add a single user to a room"""
    owner, one, other = (workspace.person() for _ in range(3))
    rid = workspace.channel(owner)["_id"]
    assert invoke(workspace, owner, "addUserToRoom", [{"rid": rid, "username": one.username}]) == {}
    names = [f"@{other.username}", other.username]
    params = [{"rid": rid, "users": names}]
    assert invoke(workspace, owner, "addUsersToRoom", params) == {"result": True}
    assert members_of(workspace, rid) == {owner.id, one.id, other.id}


@pytest.mark.parametrize(
    ("users", "code"),
    [(["no.such.user.anywhere"], "error-invalid-username"), (None, "error-invalid-arguments")],
)
def test_one_unknown_name_and_nobody_is_added(
    workspace: Workspace, users: list[str] | None, code: str
) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    data: Json = {"rid": rid}
    if users is not None:
        data["users"] = [other.username, *users]
    assert fault(owner, workspace, "addUsersToRoom", data) == code
    assert members_of(workspace, rid) == {owner.id}
    assert said_in(workspace, rid) == []


async def test_who_is_there_already_is_named_to_the_inviter_alone(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub(NOTIFY, f"{owner.id}/message", False)
        owner.ok("POST", "v1/channels.invite", {"roomId": rid, "userId": member.id})
        (message,) = await client.event(NOTIFY, f"{owner.id}/message")
    assert message["msg"] == f"`@{member.username}` is already in here."
    assert (message["rid"], message["u"]["username"]) == (rid, "rocket.cat")
    assert said_in(workspace, rid) == []


def test_everyone_is_added_up_to_a_limit(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace()
    idle, admin = workspace.person(), workspace.admin
    admin.ok("POST", "v1/users.setActiveStatus", {"userId": idle.id, "activeStatus": False})
    person = workspace.person()
    channel, closed = workspace.channel(admin), group(admin)
    given = {"roomId": channel["_id"]}
    answer = person.post("v1/channels.addAll", given)
    details = {"method": "addAllToRoom"}
    assert answer.json() == {
        "success": False,
        "error": "Access to Method Forbidden [403]",
        "errorType": 403,
        "details": details,
    }
    with setting(workspace, "API_User_Limit", 2):
        answer = admin.post("v1/channels.addAll", given)
        fails(answer, "User Limit Exceeded", "error-user-limit-exceeded", details)
    assert members_of(workspace, channel["_id"]) == {admin.id}
    active = {"activeUsersOnly": "true", **given}
    room = admin.ok("POST", "v1/channels.addAll", active)["channel"]
    assert {admin.id, person.id, "rocket.cat"} <= members_of(workspace, room["_id"])
    assert idle.id not in members_of(workspace, room["_id"])
    assert ("uj", person.username, person.username) in said_in(workspace, room["_id"])
    everyone = admin.ok("POST", "v1/groups.addAll", {"roomId": closed["_id"]})["group"]
    assert idle.id in members_of(workspace, closed["_id"])
    assert everyone["usersCount"] == len(members_of(workspace, closed["_id"]))


def test_a_member_asked_again_stays_one(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    before = subscription_in(member, rid)
    owner.ok("POST", "v1/channels.invite", {"roomId": rid, "userId": member.id})
    assert subscription_in(member, rid) == before
    assert stored_room(workspace, rid)["usersCount"] == 2
    assert room_of(workspace, "no-such-room") is None
