"""One rule says who may write in a room, and everything that writes there asks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.people import direct, fails, said
from tests.support.rooms import change, said_in
from tests.support.scene import changes, invoke, snapshot
from tests.support.workspace import Json, Person, Workspace

READ_ONLY = "You can't send messages because the room is readonly."


def _send(person: Person, room: Json) -> Any:
    given = {"message": {"rid": room["_id"], "msg": "hi"}}
    return person.post("v1/chat.sendMessage", given)


def _discuss(person: Person, room: Json) -> Any:
    given = {"prid": room["_id"], "t_name": "About"}
    return person.post("v1/rooms.createDiscussion", given)


WRITING: dict[str, Callable[[Person, Json], Any]] = {"send": _send, "discuss": _discuss}


@pytest.mark.parametrize("way", WRITING)
def test_a_plain_member_of_a_read_only_room_writes_nothing_there(
    workspace: Workspace, way: str
) -> None:
    owner, member, outsider = (workspace.person() for _ in range(3))
    for more in ({"readOnly": True}, {"extraData": {"broadcast": True}}):
        room = workspace.channel(owner, member, **more)
        before = snapshot(workspace)
        for person in (member, outsider):
            fails(WRITING[way](person, room), READ_ONLY)
        assert not changes(workspace, before)
        assert WRITING[way](owner, room).status_code == 200


@pytest.mark.parametrize("way", WRITING)
def test_where_one_blocks_the_other_neither_writes(workspace: Workspace, way: str) -> None:
    one, two = workspace.person(), workspace.person()
    room = direct(workspace, one, two)
    asked = {"rid": room["_id"], "blocked": two.id}
    assert invoke(workspace, one, "blockUser", [asked])["result"] is True
    for person in (one, two):
        fails(WRITING[way](person, room), "room_is_blocked")
    assert said_in(workspace, room["_id"]) == []


def test_reactions_follow_the_rule_but_where_a_read_only_room_allows_them(
    workspace: Workspace,
) -> None:
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member)
    message = said(owner, room, "well?")
    given = {"messageId": message["_id"], "emoji": ":ok:"}
    change(workspace, room["_id"], ro=True)
    fails(member.post("v1/chat.react", given), READ_ONLY)
    change(workspace, room["_id"], reactWhenReadOnly=True)
    member.ok("POST", "v1/chat.react", given)
    pair = direct(workspace, owner, member)
    message = said(owner, pair, "well?")
    invoke(workspace, owner, "blockUser", [{"rid": pair["_id"], "blocked": member.id}])
    answer = member.post("v1/chat.react", {**given, "messageId": message["_id"]})
    fails(answer, "room_is_blocked")


def test_who_was_muted_before_a_room_became_read_only_is_unmuted_for_good(
    workspace: Workspace,
) -> None:
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member)
    asked = {"roomId": room["_id"], "username": member.username}
    owner.ok("POST", "v1/rooms.muteUser", asked)
    owner.ok("POST", "v1/channels.setReadOnly", {"roomId": room["_id"], "readOnly": True})
    owner.ok("POST", "v1/rooms.unmuteUser", asked)
    assert _send(member, room).status_code == 200
    owner.ok("POST", "v1/channels.setReadOnly", {"roomId": room["_id"], "readOnly": False})
    assert _send(member, room).status_code == 200


def test_blocking_where_the_other_is_not_in_the_room_changes_nothing(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    room = direct(workspace, one, two)
    rows = workspace.database["rocketchat_subscription"]
    rows.delete_one({"rid": room["_id"], "u._id": two.id})
    before = snapshot(workspace)
    asked = {"rid": room["_id"], "blocked": two.id}
    assert invoke(workspace, one, "blockUser", [asked])["error"]["error"] == "error-invalid-room"
    assert not changes(workspace, before)
