"""Teams: making them, showing them, changing them, and ending them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.people import fails
from tests.support.scene import changes, fresh, refused, snapshot
from tests.support.teams import (
    members_of,
    room_in,
    said_in,
    stored_room,
    team_of,
)
from tests.support.workspace import Json, Person, Workspace

FORBIDDEN = {"success": False, "error": "unauthorized"}


def _info(person: Person, **which: Any) -> Any:
    return person.get("v1/teams.info", **which)


def test_a_public_team_is_made_with_its_main_room(workspace: Workspace) -> None:
    owner = workspace.person()
    team = team_of(owner, room={"readOnly": True, "extraData": {"topic": "T", "default": True}})
    room = owner.ok("GET", "v1/channels.info", {"roomId": team["roomId"]})["channel"]
    shown = ("t", "name", "teamId", "teamMain", "ro", "topic", "default")
    expected = ["c", team["name"], team["_id"], True, True, "T", False]
    assert [room[key] for key in shown] == expected
    assert members_of(owner, team) == {owner.username: ["owner"]}
    rows = workspace.database["rocketchat_subscription"].find({"rid": team["roomId"]})
    assert [row["roles"] for row in rows] == [["owner"]]


def test_a_public_team_is_made_with_a_member(workspace: Workspace) -> None:
    owner, by_name, by_id = (workspace.person() for _ in range(3))
    team = team_of(owner, members=[by_name.username, by_id.id, owner.id, "nobody-there"])
    expected: Json = {owner.username: ["owner"], by_name.username: [], by_id.username: []}
    assert members_of(owner, team) == expected
    room = stored_room(workspace, team["roomId"])
    assert room is not None
    assert room["usersCount"] == 3


def test_a_private_team_is_made_with_a_defined_owner(workspace: Workspace) -> None:
    maker, owner = workspace.person(), workspace.person()
    team = team_of(maker, private=True, owner=owner.id)
    assert members_of(owner, team) == {owner.username: ["owner"]}
    room = stored_room(workspace, team["roomId"])
    assert room is not None
    assert (room["t"], room["u"]["_id"], room["usersCount"]) == ("p", owner.id, 1)
    refused(_info(maker, teamId=team["_id"]), 403, FORBIDDEN)
    fails(
        maker.post("v1/teams.create", {"name": fresh("t"), "type": 0, "owner": "x"}), "invalid-user"
    )


def test_a_team_name_is_given_once(workspace: Workspace) -> None:
    owner = workspace.person()
    team, channel = team_of(owner), workspace.channel(owner)
    before = snapshot(workspace)
    for name, error in (
        (team["name"], "team-name-already-exists"),
        (channel["name"], "room-name-already-exists"),
        ("invalid*team*name", "error-team-creation"),
    ):
        fails(owner.post("v1/teams.create", {"name": name, "type": 0}), error)
    assert not changes(workspace, before)
    fails(_info(owner, teamName="invalid*team*name"), "Team not found")
    answer = owner.get("v1/teams.members", teamName="invalid*team*name")
    fails(answer, "team-does-not-exist")


def test_a_team_has_sidepanel_items_containing_channels(workspace: Workspace) -> None:
    owner = workspace.person()
    team = team_of(owner, sidepanel={"items": ["channels"]})
    room = owner.ok("GET", "v1/channels.info", {"roomId": team["roomId"]})["channel"]
    assert room["sidepanel"] == {"items": ["channels"]}


@pytest.mark.parametrize(
    "items",
    [
        ["channels", "discussions", "channels"],
        ["channels", "discussion", "other"],
        ["other"],
        ["channels", "channels"],
    ],
)
def test_a_sidepanel_holds_two_known_items_at_most_and_each_once(
    workspace: Workspace, items: list[str]
) -> None:
    owner, name = workspace.person(), fresh("team")
    given = {"name": name, "type": 0, "sidepanel": {"items": items}}
    assert owner.post("v1/teams.create", given).status_code == 400
    assert workspace.database["rocketchat_team"].find_one({"name": name}) is None


def test_a_team_is_shown_by_name_and_by_id_to_who_may_enter_it(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    public, private = team_of(owner), team_of(owner, private=True)
    for which in ({"teamName": public["name"]}, {"teamId": public["_id"]}):
        for person in (owner, other):
            assert _info(person, **which).json()["teamInfo"] == public
    refused(_info(other, teamName=private["name"]), 403, FORBIDDEN)
    assert _info(workspace.admin, teamName=private["name"]).json()["teamInfo"] == private
    for nothing in ({"teamName": ""}, {}, {"teamId": "none"}):
        fails(_info(owner, **nothing), "Team not found")


def test_the_list_has_ones_own_teams_whatever_the_query(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    mine, theirs = team_of(member), team_of(owner, members=[member.username])
    room_in(owner, theirs)
    team_of(owner)
    body = member.ok("GET", "v1/teams.list")
    assert (body["count"], body["offset"], body["total"]) == (2, 0, 2)
    found = {team["_id"]: team for team in body["teams"]}
    assert set(found) == {mine["_id"], theirs["_id"]}
    assert (found[theirs["_id"]]["rooms"], found[theirs["_id"]]["numberOfUsers"]) == (1, 2)
    for query in ('{"_id":{"$regex":".*"}}', '{"type":0}'):
        listed = member.ok("GET", "v1/teams.list", {"query": query})["teams"]
        assert {team["_id"] for team in listed} == set(found)
    for admin in (workspace.admin,):
        listed = admin.ok("GET", "v1/teams.list", {"query": '{"_id":{"$regex":".*"}}'})["teams"]
        assert not {team["_id"] for team in listed} & set(found)
    refused(member.get("v1/teams.listAll"), 403, FORBIDDEN)
    query = f'{{"name":"{mine["name"]}"}}'
    every = workspace.admin.ok("GET", "v1/teams.listAll", {"query": query})
    assert [team["_id"] for team in every["teams"]] == [mine["_id"]]


def test_someones_teams_are_listed_as_far_as_one_may_see_them(workspace: Workspace) -> None:
    owner, member, other = (workspace.person() for _ in range(3))
    public = team_of(owner, members=[member.username])
    private = team_of(owner, private=True, members=[member.username])

    def listed(person: Person) -> dict[str, bool]:
        teams = person.ok("GET", "v1/users.listTeams", {"userId": owner.id})["teams"]
        return {team["_id"]: team["isOwner"] for team in teams}

    everything = {public["_id"]: True, private["_id"]: True}
    assert listed(owner) == listed(member) == listed(workspace.admin) == everything
    assert listed(other) == {public["_id"]: True}


def test_main_rooms_are_found_by_the_start_of_their_name(workspace: Workspace) -> None:
    owner, other, start = workspace.person(), workspace.person(), fresh("start")
    public, private = (
        owner.ok("POST", "v1/teams.create", {"name": f"{start}{kind}", "type": kind})["team"]
        for kind in (0, 1)
    )

    def found(person: Person, text: str) -> list[str]:
        teams = person.ok("GET", "v1/teams.autocomplete", {"name": text})["teams"]
        return [team["teamId"] for team in teams]

    assert found(owner, start.upper()) == [public["_id"], private["_id"]]
    assert found(other, start) == [public["_id"]]
    assert found(owner, start[1:]) == found(owner, f"{start}.*") == []


def test_a_team_is_renamed_and_its_main_room_with_it(workspace: Workspace) -> None:
    owner, name = workspace.person(), fresh("renamed")
    team, other = team_of(owner), team_of(owner)
    given = {"teamId": team["_id"], "data": {"name": name}}
    owner.ok("POST", "v1/teams.update", given)
    assert _info(owner, teamId=team["_id"]).json()["teamInfo"]["name"] == name
    room = stored_room(workspace, team["roomId"])
    assert room is not None
    assert (room["name"], room["fname"]) == (name, name)
    assert said_in(workspace, team["roomId"]) == [("r", name)]
    owner.ok("POST", "v1/teams.update", given)  # to what it is called already
    before = snapshot(workspace)
    taken = {"teamId": team["_id"], "data": {"name": other["name"], "type": 1}}
    assert owner.post("v1/teams.update", taken).status_code == 400
    assert not changes(workspace, before)


def test_a_teams_type_is_changed_and_its_main_rooms_with_it(workspace: Workspace) -> None:
    owner, member, name = workspace.person(), workspace.person(), fresh("both")
    team = team_of(owner, members=[member.username])
    both = {"teamId": team["_id"], "data": {"name": name, "type": 1}}
    owner.ok("POST", "v1/teams.update", both)
    info = _info(owner, teamName=name).json()["teamInfo"]
    assert (info["_id"], info["type"]) == (team["_id"], 1)
    room = stored_room(workspace, team["roomId"])
    assert room is not None
    assert (room["t"], room["name"]) == ("p", name)
    rows = workspace.database["rocketchat_subscription"].find({"rid": team["roomId"]})
    assert {(row["t"], row["name"]) for row in rows} == {("p", name)}
    owner.ok("POST", "v1/teams.update", {"teamName": name, "data": {"type": 0}})
    assert (stored_room(workspace, team["roomId"]) or {})["t"] == "c"


def test_a_team_is_not_updated_if_permissions_are_not_met(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    team = team_of(owner, members=[member.username])
    before = snapshot(workspace)
    given = {"teamId": team["_id"], "data": {"name": "anyname"}}
    refused(member.post("v1/teams.update", given), 403, FORBIDDEN)
    for path in ("delete", "convertToChannel"):
        refused(member.post(f"v1/teams.{path}", {"teamId": team["_id"]}), 403, FORBIDDEN)
    assert not changes(workspace, before)


@pytest.mark.parametrize("path", ["update", "delete", "convertToChannel", "addMembers", "leave"])
def test_a_request_names_its_team(workspace: Workspace, path: str) -> None:
    lines = ("must have required property 'teamId'", "must have required property 'teamName'")
    error = "\n ".join([*lines, "must match exactly one schema in oneOf"])
    fails(workspace.admin.post(f"v1/teams.{path}", {}), error, "invalid-params")
    given = {"teamId": "none", "data": {}, "members": [{"userId": "x"}]}
    fails(workspace.admin.post(f"v1/teams.{path}", given), "team-does-not-exist")
