"""Slash commands about who is in a room."""

from __future__ import annotations

import pytest

from tests.support.commands import done, listening, notices, told, typed
from tests.support.people import direct
from tests.support.rooms import change, group, members_of, stored_room
from tests.support.scene import fresh, refused
from tests.support.settings import setting
from tests.support.workspace import Person, Workspace

ADDED = "The users have been added"


@pytest.mark.parametrize("command", ["kick", "mute", "unmute"])
async def test_a_name_that_is_nobodys_is_told(workspace: Workspace, command: str) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    text = "The username `@nobody-at-all` doesn't exist."
    assert await told(owner, rid, f"/{command} @nobody-at-all") == text
    done(owner, rid, f"/{command}")


@pytest.mark.parametrize("command", ["kick", "mute", "unmute"])
def test_members_without_the_permission_are_refused(workspace: Workspace, command: str) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    answer = typed(member, rid, f"/{command} {owner.username}")
    assert answer.json()["errorType"] == "error-not-allowed"
    assert members_of(workspace, rid) == {owner.id, member.id}


def test_kick_removes_a_member_whatever_the_case_of_the_name(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    done(owner, rid, f"/kick @{member.username.upper()}")
    assert members_of(workspace, rid) == {owner.id}


def test_mute_and_unmute_change_who_may_write(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    done(owner, rid, f"/mute @{member.username}")
    assert stored_room(workspace, rid)["muted"] == [member.username]
    done(owner, rid, f"/unmute {member.username}")
    assert not stored_room(workspace, rid).get("muted")


async def test_invite_adds_several_at_once_and_names_who_is_there(workspace: Workspace) -> None:
    owner, inside, first, second = (workspace.person() for _ in range(4))
    rid = workspace.channel(owner, inside)["_id"]
    names = f"@{first.username}, {second.username} @{inside.username} @nobody-at-all"
    assert await told(owner, rid, f"/invite {names}") == (
        f"`@{inside.username}` is already in here."
    )
    assert members_of(workspace, rid) == {owner.id, inside.id, first.id, second.id}
    text = "No user exists by the name of `@nobody @no-one`."
    assert await told(owner, rid, "/invite @nobody no-one") == text
    done(owner, rid, "/invite")


async def test_who_may_not_invite_is_told(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    assert await told(workspace.person(), rid, f"/invite {other.username}") == "Not allowed"
    talk = direct(workspace, owner, workspace.person())["_id"]
    text = "Can't invite user to direct rooms"
    assert await told(owner, talk, f"/invite {other.username}") == text
    with setting(workspace, "API_User_Limit", 1):
        line = f"/invite {other.username} {workspace.admin.username}"
        assert await told(owner, rid, line) == "User Limit Exceeded"
    assert members_of(workspace, rid) == {owner.id}


async def _invited_from(person: Person, rid: str, name: str) -> list[str]:
    async with listening(person) as client:
        done(person, rid, f"/invite-all-from #{name}")
        return await notices(client, person)


async def test_invite_all_from_should_not_add_users_from_a_group_which_is_not_accessible(
    workspace: Workspace,
) -> None:
    owner, other = workspace.person(), workspace.person()
    closed, rid = group(owner), workspace.channel(other)["_id"]
    text = f"The channel `#{closed['name']}` does not exist."
    assert await _invited_from(other, rid, closed["name"]) == [text]
    assert members_of(workspace, rid) == {other.id}


def test_invite_all_from_should_not_add_users_to_a_room_that_is_not_accessible(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    base, closed = group(owner), group(workspace.person())["_id"]
    before = members_of(workspace, closed)
    answer = typed(owner, closed, f"/invite-all-from #{base['name']}")
    refused(answer, 403, {"success": False, "error": "unauthorized"})
    assert members_of(workspace, closed) == before


async def test_invite_all_from_should_add_users_from_a_group_which_is_accessible(
    workspace: Workspace,
) -> None:
    owner, other = workspace.person(), workspace.person()
    base, rid = group(owner, other), workspace.channel(other)["_id"]
    assert await _invited_from(other, rid, base["name"]) == [ADDED]
    assert members_of(workspace, rid) == {owner.id, other.id}


async def test_invite_all_to_takes_everyone_along_and_makes_the_room_where_there_is_none(
    workspace: Workspace,
) -> None:
    owner, member, name = workspace.person(), workspace.person(), fresh("c")
    rid, there = workspace.channel(owner, member)["_id"], group(owner)
    done(owner, rid, f"/invite-all-to #{there['name']}")
    assert members_of(workspace, there["_id"]) == {owner.id, member.id}
    async with listening(owner) as client:
        done(owner, rid, f"/invite-all-to #{name}")
        assert await notices(client, owner) == [f"Channel `#{name}` created.", ADDED]
    made = workspace.database["rocketchat_room"].find_one({"name": name}) or {}
    assert (made["t"], members_of(workspace, made["_id"])) == ("c", {owner.id, member.id})


async def test_invite_all_to_a_room_that_is_closed_to_one_adds_nobody(workspace: Workspace) -> None:
    person = workspace.person()
    rid, closed = workspace.channel(person)["_id"], group(workspace.person())
    before = members_of(workspace, closed["_id"])
    async with listening(person) as client:
        done(person, rid, f"/invite-all-to #{closed['name']}")
        (text,) = await notices(client, person)
    assert closed["name"] in text
    assert members_of(workspace, closed["_id"]) == before


async def test_who_is_in_a_large_or_a_hidden_crowd_is_not_taken_along(
    workspace: Workspace,
) -> None:
    owner, member = workspace.person(), workspace.person()
    base, rid = workspace.channel(owner, member), workspace.channel(member)["_id"]
    with setting(workspace, "API_User_Limit", 1):
        assert await _invited_from(member, rid, base["name"]) == ["User Limit Exceeded"]
    change(workspace, base["_id"], broadcast=True)
    assert await _invited_from(member, rid, base["name"]) == ["Not allowed"]
    assert members_of(workspace, rid) == {member.id}
