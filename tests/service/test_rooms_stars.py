"""Other people's stars stay their own, wherever a room is shown with its last message."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import said
from tests.support.rooms import change, stored_room
from tests.support.scene import fresh, invoke
from tests.support.teams import team_of
from tests.support.workspace import Person, Workspace


def _stars(room: Any) -> list[str]:
    return [star["_id"] for star in (room["lastMessage"].get("starred") or ())]


def _starred(workspace: Workspace, owner: Person, room: Any, *who: Person) -> None:
    said(owner, room, "shining")
    stars = [{"_id": one.id} for one in who]
    change(workspace, room["_id"], **{"lastMessage.starred": stars})


def test_who_changes_joins_or_leaves_a_room_sees_no_stars_but_their_own(
    workspace: Workspace,
) -> None:
    owner, member, new = (workspace.person() for _ in range(3))
    room = workspace.channel(owner, member)
    _starred(workspace, owner, room, owner, member)
    rid = {"roomId": room["_id"]}
    shown = [
        (owner, owner.ok("POST", "v1/channels.rename", {**rid, "name": fresh("n")})["channel"]),
        (new, new.ok("POST", "v1/channels.join", rid)["channel"]),
        (owner, owner.ok("POST", "v1/channels.kick", {**rid, "userId": new.id})["channel"]),
        (member, member.ok("POST", "v1/channels.leave", rid)["channel"]),
    ]
    for person, one in shown:
        assert _stars(one) == ([person.id] if person is not new else [])


def test_methods_and_lists_show_no_stars_but_ones_own(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    team = team_of(owner)
    room = workspace.channel(owner, member, extraData={"teamId": team["_id"]})
    discussion = owner.ok(
        "POST", "v1/rooms.createDiscussion", {"prid": room["_id"], "t_name": "About"}
    )["discussion"]
    for one in (room, discussion):
        _starred(workspace, owner, one, owner, member)
    found = invoke(workspace, owner, "getRoomByTypeAndName", ["c", room["name"]])["result"]
    listed = owner.ok("GET", "v1/teams.listRooms", {"teamId": team["_id"]})["rooms"]
    discussed = owner.ok("GET", "v1/rooms.getDiscussions", {"roomId": room["_id"]})["discussions"]
    for one in (found, *listed, *discussed):
        assert _stars(one) == [owner.id]


async def test_what_a_room_became_is_told_without_anyones_stars(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member)
    _starred(workspace, owner, room, owner)
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(member.token)
        await client.sub("stream-notify-user", f"{member.id}/rooms-changed", False)
        await client.sub("stream-room-data", room["_id"], False)
        owner.ok("POST", "v1/channels.setTopic", {"roomId": room["_id"], "topic": fresh("t")})
        action, told = await client.event("stream-notify-user", f"{member.id}/rooms-changed")
        (data,) = await client.event("stream-room-data", room["_id"])
    assert action == "updated"
    assert stored_room(workspace, room["_id"])["lastMessage"]["starred"] == [{"_id": owner.id}]
    assert _stars(told) == _stars(data) == []


@pytest.mark.parametrize("family", ["channels", "groups", "im"])
def test_a_rooms_last_message_is_shown_with_its_pin_its_reactions_and_its_star(
    workspace: Workspace, family: str
) -> None:
    """[Channels] [/channels.info], [Groups] /groups.info, [Direct Messages] Testing DM info:
    sending a message, REACTing with, STARring and PINning the last message; and
    [Rooms] [/rooms.info] should return the info about the created DM searching by roomId
    """
    owner = workspace.admin if family == "im" else workspace.person()
    other = workspace.person()
    if family == "im":
        rid = owner.ok("POST", "v1/im.create", {"username": other.username})["room"]["_id"]
    else:
        given = {"name": fresh("n"), "members": [other.username]}
        rid = owner.ok("POST", f"v1/{family}.create", given)[family.removesuffix("s")]["_id"]
    mid = said(owner, {"_id": rid}, "look")["_id"]
    owner.ok("POST", "v1/chat.react", {"messageId": mid, "emoji": ":squid:"})
    for person in (owner, other):
        person.ok("POST", "v1/chat.starMessage", {"messageId": mid})
    owner.ok("POST", "v1/chat.pinMessage", {"messageId": mid})
    room = owner.ok("GET", "v1/rooms.info", {"roomId": rid})["room"]
    rooms = [room]
    if family != "im":
        shown = owner.ok("GET", f"v1/{family}.info", {"roomId": rid})
        rooms.append(shown[family.removesuffix("s")])
    for one in rooms:
        last = one["lastMessage"]
        assert (last["_id"], last["pinned"], last["starred"]) == (mid, True, [{"_id": owner.id}])
        assert last["reactions"] == {":squid:": {"usernames": [owner.username]}}
