"""The rooms of a team: putting in, taking out, listing, and who may enter them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import fails, said
from tests.support.scene import changes, refused, snapshot
from tests.support.teams import (
    enter,
    granted,
    room_in,
    room_of,
    said_in,
    stored_room,
    team_of,
)
from tests.support.workspace import Json, Person, Workspace

FORBIDDEN = {"success": False, "error": "unauthorized"}


def _add(person: Person, team: Json, *rids: str) -> Any:
    return person.post("v1/teams.addRooms", {"teamId": team["_id"], "rooms": list(rids)})


def _listed(person: Person, team: Json, **more: Any) -> list[str]:
    given = {"teamId": team["_id"], **more}
    return [room["_id"] for room in person.ok("GET", "v1/teams.listRooms", given)["rooms"]]


def test_public_and_private_rooms_are_added_to_a_team(workspace: Workspace) -> None:
    owner = workspace.person()
    team = team_of(owner, private=True)
    rids = [room_of(owner), room_of(owner, private=True)]
    rooms = _add(owner, team, *rids).json()["rooms"]
    assert [(room["_id"], room["teamId"]) for room in rooms] == [(r, team["_id"]) for r in rids]
    assert not [room for room in rooms if "teamDefault" in room or "_contrail" in room]
    # Of the private one nothing is said to who is not in it.
    name = (stored_room(workspace, rids[0]) or {})["name"]
    assert said_in(workspace, team["roomId"]) == [("user-added-room-to-team", name)]
    fails(_add(owner, team, rids[0]), "room-already-on-team")
    fails(_add(owner, team_of(owner), rids[1]), "room-already-on-team")


def test_rooms_are_added_all_or_none(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    team, mine = team_of(owner), room_of(owner)
    closed, open_one = room_of(other, private=True), room_of(other)
    taken, before = room_in(owner, team), snapshot(workspace)
    for wrong, error in (
        ("missing", "invalid-room"),
        (closed, "invalid-room"),
        (open_one, "error-no-owner-channel"),
        (taken, "room-already-on-team"),
        (team["roomId"], "room-already-on-team"),
    ):
        fails(_add(owner, team, mine, wrong), error)
    assert not changes(workspace, before)


def test_rooms_are_added_by_who_may_and_owns_them(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    team, rid = team_of(owner), room_of(member)
    enter(owner, team, member)
    body = {"success": False, "error": "error-no-permission-team-channel"}
    refused(_add(member, team, rid), 403, body)
    with granted(workspace, "add-team-channel", ["admin", "user"]):
        assert _add(member, team, rid).status_code == 200
        fails(_add(member, team, room_of(owner, private=True)), "invalid-room")


def test_a_room_is_removed_from_its_team(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    team = team_of(owner, members=[member.username])
    rid = room_in(owner, team)
    owner.ok("POST", "v1/teams.updateRoom", {"roomId": rid, "isDefault": True})
    given = {"teamId": team["_id"], "roomId": rid}
    refused(member.post("v1/teams.removeRoom", given), 403, FORBIDDEN)
    room = owner.ok("POST", "v1/teams.removeRoom", given)["room"]
    assert room["_id"] == rid
    assert not {"teamId", "teamDefault"} & (set(room) | set(stored_room(workspace, rid) or {}))
    kinds = [kind for kind, _ in said_in(workspace, team["roomId"])]
    assert kinds == ["user-added-room-to-team", "user-removed-room-from-team"]
    for other in (rid, team["roomId"], room_in(owner, team_of(owner))):
        answer = owner.post("v1/teams.removeRoom", {**given, "roomId": other})
        fails(answer, "room-not-on-that-team")


def test_a_room_is_updated_by_who_may(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    team = team_of(owner, members=[member.username])
    given = {"roomId": room_in(owner, team), "isDefault": True}
    before = snapshot(workspace)
    refused(member.post("v1/teams.updateRoom", given), 403, FORBIDDEN)
    for rid, error in (
        (room_of(owner), "room-not-on-team"),
        (team["roomId"], "room-not-on-team"),
        ("missing", "invalid-room"),
    ):
        fails(owner.post("v1/teams.updateRoom", {"roomId": rid, "isDefault": True}), error)
    assert len(changes(workspace, before)) > 0  # the room that was made
    assert "teamDefault" not in (stored_room(workspace, str(given["roomId"])) or {})


def test_rooms_are_listed_as_far_as_one_may_see_them(workspace: Workspace) -> None:
    owner, member, other = (workspace.person() for _ in range(3))
    public, private = team_of(owner), team_of(owner, private=True)
    channel, group = room_in(owner, public), room_in(owner, public, private=True)
    inside = room_in(owner, private)
    enter(owner, public, member)
    assert set(_listed(owner, public)) == {channel, group}  # the main room is not among them
    assert set(_listed(owner, public, count=5, offset=0)) == {channel, group}
    assert len(_listed(owner, public, count=1, offset=1)) == 1
    assert _listed(member, public) == _listed(other, public) == [channel]
    with granted(workspace, "view-all-team-channels", ["user"]):
        assert set(_listed(other, public)) == {channel, group}
    answer = other.get("v1/teams.listRooms", teamId=private["_id"])
    fails(answer, "user-not-on-private-team")
    with granted(workspace, "view-all-team-channels", []):
        assert _listed(workspace.admin, private) == [inside]
        assert set(_listed(owner, public)) == {channel, group}  # they are in both
    name = (stored_room(workspace, channel) or {})["name"]
    assert _listed(owner, public, filter=name.upper()) == [channel]
    owner.ok("POST", "v1/teams.updateRoom", {"roomId": group, "isDefault": True})
    assert _listed(owner, public, type="autoJoin") == [group]


def test_the_rooms_of_someone_in_a_team_are_listed(workspace: Workspace) -> None:
    owner, member, other = (workspace.person() for _ in range(3))
    team = team_of(owner, members=[member.username])
    first, second = room_in(owner, team), room_in(owner, team)
    room_in(owner, team, private=True)
    member.ok("POST", "v1/channels.join", {"roomId": first})

    def listed(person: Person, **more: Any) -> dict[str, bool]:
        given = {"teamId": team["_id"], "userId": member.id, **more}
        rooms = person.ok("GET", "v1/teams.listRoomsOfUser", given)["rooms"]
        return {room["_id"]: room["isLastOwner"] for room in rooms}

    assert listed(member) == listed(owner) == listed(workspace.admin) == {first: False}
    assert listed(member, canUserDelete="true") == {}
    mine = listed(owner, userId=owner.id, canUserDelete="true")
    assert (len(mine), mine[first], mine[second]) == (3, True, True)
    given = {"teamId": team["_id"], "userId": member.id}
    refused(other.get("v1/teams.listRoomsOfUser", **given), 403, FORBIDDEN)


@pytest.mark.parametrize("private", [True, False])
def test_a_teams_channels_are_open_to_its_members_and_a_public_teams_to_all(
    workspace: Workspace, private: bool
) -> None:
    owner, member, other = (workspace.person() for _ in range(3))
    team = team_of(owner, private=private)
    enter(owner, team, member)
    channel, group = room_in(owner, team), room_in(owner, team, private=True)

    def may_read(person: Person, rid: str) -> bool:
        return person.get("v1/rooms.info", roomId=rid).status_code == 200

    assert [may_read(person, channel) for person in (owner, member, other)] == [
        *(True, True, not private)
    ]
    assert [may_read(person, group) for person in (owner, member, other)] == [True, False, False]
    enter(owner, team, other)
    assert may_read(other, channel)
    owner.ok("POST", "v1/teams.removeMember", {"teamId": team["_id"], "userId": other.id})
    assert may_read(other, channel) is not private


async def test_who_may_look_into_a_teams_channel_hears_what_is_said_there(
    workspace: Workspace,
) -> None:
    """A public team's channel: its members, and who is in neither; of a private team's, members
    alone, and nobody any more once it has become private.
    """
    owner, member, outsider = (workspace.person() for _ in range(3))
    team, closed = team_of(owner), team_of(owner, private=True)
    enter(owner, closed, member)
    rids = [room_in(owner, team), room_in(owner, closed)]
    workspace.settle()
    async with Ddp(workspace.ws_url) as one, Ddp(workspace.ws_url) as two:
        for client, person in ((one, member), (two, outsider)):
            await client.connect()
            await client.resume(person.token)
        for rid in rids:
            await one.sub("stream-room-messages", rid, False)
        answers = [await two.sub("stream-room-messages", rid, False) for rid in rids]
        assert [answer["msg"] for answer in answers] == ["ready", "nosub"]
        for rid in rids:
            said(owner, {"_id": rid}, "hear hear")
            assert (await one.event("stream-room-messages", rid))[0]["msg"] == "hear hear"
        assert (await two.event("stream-room-messages", rids[0]))[0]["msg"] == "hear hear"
        given = {"teamId": team["_id"], "data": {"type": 1}}
        owner.ok("POST", "v1/teams.update", given)
        said(owner, {"_id": rids[0]}, "among us")
        workspace.settle()
        await two.call("getTotalChannels")
        heard = [message["msg"] for (message,) in two.events("stream-room-messages", rids[0])]
        assert heard == ["hear hear"]
