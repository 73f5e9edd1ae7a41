"""Teams of rooms that there are, and what is left when a team ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.people import fails
from tests.support.scene import changes, fresh, refused, snapshot
from tests.support.teams import (
    enter,
    granted,
    members_of,
    room_in,
    room_of,
    said_in,
    stored_room,
    team_of,
)
from tests.support.workspace import Json, Person, Workspace

FORBIDDEN: Json = {"success": False, "error": "unauthorized"}


def _info(person: Person, **which: Any) -> Any:
    return person.get("v1/teams.info", **which)


@pytest.mark.parametrize("kind", ["channels", "groups"])
def test_a_room_is_converted_to_a_team_by_its_id_and_by_its_name(
    workspace: Workspace, kind: str
) -> None:
    owner, member = workspace.person(), workspace.person()
    words = ("channelId", "channelName") if kind == "channels" else ("roomId", "roomName")
    for word in words:
        rid = room_of(owner, private=kind == "groups")
        room = stored_room(workspace, rid) or {}
        path = f"v1/{kind}.invite"
        owner.ok("POST", path, {"roomId": rid, "userId": member.id})
        given = {word: rid if word.endswith("Id") else room["name"]}
        team = owner.ok("POST", f"v1/{kind}.convertToTeam", given)["team"]
        assert (team["roomId"], team["name"], team["type"]) == (rid, room["name"], kind == "groups")
        assert members_of(owner, team) == {owner.username: ["owner"], member.username: []}
        after = stored_room(workspace, rid) or {}
        assert (after["teamId"], after["teamMain"]) == (team["_id"], True)
        assert said_in(workspace, rid)[-1] == ("user-converted-to-team", room["name"])
        fails(owner.post(f"v1/{kind}.convertToTeam", given), "team-name-already-exists")
    error = f'The parameter "{words[0]}" or "{words[1]}" is required'
    fails(owner.post(f"v1/{kind}.convertToTeam", {}), error)


def test_a_room_is_converted_by_who_may_edit_it_and_make_teams(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    before = snapshot(workspace)
    refused(member.post("v1/channels.convertToTeam", {"channelId": rid}), 403, FORBIDDEN)
    assert not changes(workspace, before)
    given = {"name": fresh("t"), "type": 0, "room": {"id": rid}}
    refused(member.post("v1/teams.create", given), 403, FORBIDDEN)
    with granted(workspace, "edit-room", []):
        answer = workspace.admin.post("v1/channels.convertToTeam", {"channelId": rid})
        refused(answer, 403, FORBIDDEN)
    with granted(workspace, "create-team", []):
        answer = workspace.admin.post("v1/channels.convertToTeam", {"channelId": rid})
        refused(answer, 403, FORBIDDEN)
    team = room_in(owner, team_of(owner))
    fails(owner.post("v1/channels.convertToTeam", {"channelId": team}), "room-already-on-team")


def test_a_team_becomes_a_channel_and_its_rooms_go_or_stay(workspace: Workspace) -> None:
    owner = workspace.person()
    team = team_of(owner, private=True)
    erased, kept = room_in(owner, team), room_in(owner, team)
    given = {"teamName": team["name"], "roomsToRemove": [erased, team["roomId"]]}
    owner.ok("POST", "v1/teams.convertToChannel", given)
    assert stored_room(workspace, erased) is None
    for rid in (kept, team["roomId"]):
        room = stored_room(workspace, rid) or {}
        assert not {"teamId", "teamMain", "teamDefault"} & set(room)
    names = [text for _, text in said_in(workspace, team["roomId"])]
    assert ("user-converted-to-channel", team["name"]) in said_in(workspace, team["roomId"])
    assert "user-deleted-room-from-team" in dict(said_in(workspace, team["roomId"])), names
    fails(_info(owner, teamId=team["_id"]), "Team not found")
    assert workspace.database["rocketchat_team_member"].find_one({"teamId": team["_id"]}) is None
    assert owner.ok("GET", "v1/channels.info", {"roomId": kept})["channel"]["_id"] == kept


def test_deleting_a_team_deletes_its_main_room_and_keeps_or_takes_the_others(
    workspace: Workspace,
) -> None:
    owner, member = workspace.person(), workspace.person()
    team = team_of(owner, members=[member.username])
    kept, taken = room_in(owner, team), room_in(owner, team)
    given = {"teamName": team["name"], "roomsToRemove": [taken]}
    owner.ok("POST", "v1/teams.delete", given)
    fails(_info(owner, teamName=team["name"]), "Team not found")
    text = "[error-room-not-found]"
    for rid in (team["roomId"], taken):
        assert owner.get("v1/channels.info", roomId=rid).json()["error"].endswith(text)
    channel = owner.ok("GET", "v1/channels.info", {"roomId": kept})["channel"]
    assert not {"teamId", "teamDefault"} & set(channel)
    for name, field in (("rocketchat_team_member", "teamId"), ("rocketchat_subscription", "rid")):
        match = {field: {"$in": [team["_id"], team["roomId"], taken]}}
        assert workspace.database[name].find_one(match) is None
    fails(owner.post("v1/teams.delete", {"teamId": team["_id"]}), "team-does-not-exist")


def test_rooms_that_one_may_not_delete_keep_a_team_from_ending(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    team = team_of(owner)
    enter(owner, team, other, roles=("owner",))
    theirs = room_in(other, team)
    given = {"teamId": team["_id"], "roomsToRemove": [theirs]}
    details = {"method": "eraseRoom"}
    before = snapshot(workspace)
    fails(owner.post("v1/teams.delete", given), "Not allowed", "error-not-allowed", details)
    assert not changes(workspace, before)
    owner.ok("POST", "v1/teams.delete", {"teamId": team["_id"]})
    assert "teamId" not in (stored_room(workspace, theirs) or {})
