"""Slash commands that make, enter, leave and close rooms."""

from __future__ import annotations

import pytest

from tests.support.commands import done, listening, notices, told, typed
from tests.support.people import direct, fails
from tests.support.rooms import change, group, members_of, said_in, stored_room, subscription_in
from tests.support.scene import fresh, without
from tests.support.workspace import Workspace

UNAUTHORIZED = ("Not authorized", "error-not-authorized")


async def test_archive_and_unarchive_close_and_open_the_room_where_they_are_typed(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    room = workspace.channel(owner)
    rid, name = room["_id"], room["name"]
    lines = [
        ("/archive", f"Channel with name `#{name}` has been archived successfully", True),
        ("/archive", f"An archived Channel with name `#{name}` exists", True),
        ("/unarchive", f"Channel with name `#{name}` has been Unarchived successfully", False),
        ("/unarchive", f"Channel with name `#{name}` is already in Unarchived state", False),
    ]
    for line, text, archived in lines:
        assert await told(workspace.admin, rid, line) == text
        assert bool(stored_room(workspace, rid).get("archived")) is archived
    kinds = [kind for kind, _, _ in said_in(workspace, rid)]
    assert kinds == ["room-archived", "room-unarchived"]


async def test_archive_takes_a_name_with_and_without_its_sign(workspace: Workspace) -> None:
    room = workspace.channel(workspace.person())
    for line in (f"/archive #{room['name']}", f"/unarchive {room['name']} "):
        done(workspace.admin, "GENERAL", line)
        assert bool(stored_room(workspace, room["_id"]).get("archived")) is ("un" not in line)
    nothing = fresh("n")
    text = f"The channel `#{nothing}` does not exist."
    assert await told(workspace.admin, "GENERAL", f"/archive #{nothing}") == text
    assert await told(workspace.admin, "GENERAL", f"/unarchive #{nothing}") == text


@pytest.mark.parametrize("command", ["archive", "unarchive"])
async def test_who_may_not_archive_is_refused_and_learns_of_no_closed_room(
    workspace: Workspace, command: str
) -> None:
    person, closed = workspace.person(), group(workspace.person())
    rid = workspace.channel(workspace.person())["_id"]
    fails(typed(person, rid, f"/{command}"), *UNAUTHORIZED)
    text = f"The channel `#{closed['name']}` does not exist."
    assert await told(person, rid, f"/{command} #{closed['name']}") == text
    change(workspace, closed["_id"], archived=command == "unarchive")
    done(workspace.admin, rid, f"/{command} #{closed['name']}")
    assert bool(stored_room(workspace, closed["_id"]).get("archived")) is (command == "archive")


def test_direct_rooms_are_not_archived(workspace: Workspace) -> None:
    room = direct(workspace, workspace.admin, workspace.person())
    codes = [
        typed(workspace.admin, room["_id"], line).json()["errorType"]
        for line in ("/archive", "/unarchive")
    ]
    assert codes == ["error-room-type-not-archivable", "error-room-type-not-unarchivable"]


async def test_create_makes_a_channel_and_with_a_flag_a_group(workspace: Workspace) -> None:
    person, channel, closed = workspace.person(), fresh("c"), fresh("p")
    done(person, "GENERAL", f"/create #{channel}")
    done(person, "GENERAL", f"/create #{closed} --private")
    rooms = workspace.database["rocketchat_room"]
    found = rooms.find({"name": {"$in": [channel, closed]}, "u._id": person.id})
    assert {row["name"]: row["t"] for row in found} == {channel: "c", closed: "p"}
    text = f"The channel `#{channel}` already exists."
    assert await told(person, "GENERAL", f"/create #{channel}") == text


def test_create_needs_the_permission_and_a_name(workspace: Workspace) -> None:
    person, name = workspace.person(), fresh("c")
    with without(workspace, "create-c", "user"):
        answer = typed(person, "GENERAL", f"/create #{name}")
        assert answer.json()["errorType"] == "error-not-allowed"
    done(person, "GENERAL", "/create")
    rooms = workspace.database["rocketchat_room"]
    assert rooms.count_documents({"u._id": person.id}) == 0


async def test_join_enters_a_channel_once(workspace: Workspace) -> None:
    person, room = workspace.person(), workspace.channel(workspace.person())
    done(person, "GENERAL", f"/join #{room['name']}")
    assert person.id in members_of(workspace, room["_id"])
    fails(
        typed(person, "GENERAL", f"/join {room['name']}"),
        "You are already in the channel",
        "error-user-already-in-room",
        {"method": "slashCommands"},
    )
    done(person, "GENERAL", "/join")
    for closed in (group(workspace.person())["name"], group(person)["name"]):
        text = f"The channel `#{closed}` does not exist."
        assert await told(person, "GENERAL", f"/join #{closed}") == text


@pytest.mark.parametrize("command", ["leave", "part"])
async def test_leave_leaves_and_says_why_not(workspace: Workspace, command: str) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    done(member, rid, f"/{command}")
    assert members_of(workspace, rid) == {owner.id}
    last = "You are the last owner. Please set new owner before leaving the room."
    assert await told(owner, rid, f"/{command}") == last
    assert members_of(workspace, rid) == {owner.id}


async def test_hide_takes_a_room_off_ones_list(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    here, there = workspace.channel(person), workspace.channel(person)
    talk = direct(workspace, person, other)
    done(person, here["_id"], "/hide")
    done(person, here["_id"], f"/hide #{there['name']}")
    done(person, here["_id"], f"/hide @{other.username}")
    for rid in (here["_id"], there["_id"], talk["_id"]):
        assert (subscription_in(person, rid) or {})["open"] is False
    closed, public = group(other)["name"], workspace.channel(other)["name"]
    async with listening(person) as client:
        for named in (f"#{closed}", f"#{public}", "@rocket.cat"):
            done(person, here["_id"], f"/hide {named}")
        assert await notices(client, person) == [
            f"The channel `#{closed}` does not exist.",
            f"You are not in the room `#{public}`",
            "The channel `#@rocket.cat` does not exist.",
        ]


def test_topic_sets_the_rooms_topic(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    done(owner, rid, "/topic all about kites")
    assert stored_room(workspace, rid)["topic"] == "all about kites"
    assert ("room_changed_topic", "all about kites", owner.username) in said_in(workspace, rid)
    answer = typed(member, rid, "/topic mine")
    assert answer.json()["errorType"] == "error-action-not-allowed"
    assert stored_room(workspace, rid)["topic"] == "all about kites"
