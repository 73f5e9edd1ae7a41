"""A team and its main room have one name and one type, whichever of them is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.people import fails
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.settings import setting
from tests.support.teams import room_in, stored_room, team_of
from tests.support.workspace import Json, Person, Workspace


def _stored(workspace: Workspace, team: Json) -> Json:
    found: Json | None = workspace.database["rocketchat_team"].find_one({"_id": team["_id"]})
    assert found is not None
    return found


def _rename(person: Person, rid: str, name: str, way: str) -> Any:
    if way == "rest":
        return person.post("v1/channels.rename", {"roomId": rid, "name": name})
    return person.post("v1/rooms.saveRoomSettings", {"rid": rid, "roomName": name})


@pytest.mark.parametrize("way", ["rest", "settings"])
def test_renaming_the_main_room_renames_the_team(workspace: Workspace, way: str) -> None:
    owner = workspace.person()
    team, name = team_of(owner), fresh("renamed")
    assert _rename(owner, team["roomId"], name, way).status_code == 200
    assert _stored(workspace, team)["name"] == name
    assert owner.ok("GET", "v1/teams.info", {"teamName": name})["teamInfo"]["_id"] == team["_id"]


def test_a_team_that_becomes_private_by_its_main_room_closes_its_channels(
    workspace: Workspace,
) -> None:
    owner, other = workspace.person(), workspace.person()
    team = team_of(owner)
    inside = {"roomId": room_in(owner, team)}
    assert other.get("v1/rooms.info", **inside).status_code == 200
    given = {"roomId": team["roomId"], "type": "p"}
    owner.ok("POST", "v1/channels.setType", given)
    assert _stored(workspace, team)["type"] == 1
    assert other.get("v1/rooms.info", **inside).status_code == 400
    owner.ok("POST", "v1/groups.setType", {**given, "type": "c"})
    assert _stored(workspace, team)["type"] == 0
    assert other.get("v1/rooms.info", **inside).status_code == 200


def test_a_main_room_takes_no_other_teams_name(workspace: Workspace) -> None:
    owner = workspace.person()
    team, other = team_of(owner), team_of(owner)
    # The other team's room is called otherwise by now: only the team stands in the way.
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": other["roomId"]}, {"$set": {"name": fresh("x"), "fname": fresh("x")}})
    before = snapshot(workspace)
    fails(_rename(owner, team["roomId"], other["name"], "rest"), "team-name-already-exists")
    assert not changes(workspace, before)


def test_where_the_room_cannot_have_a_name_the_team_keeps_its_own(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = workspace.person()
    team, taken = team_of(owner), workspace.channel(owner)
    # Whoever comes second finds the name taken only on writing.
    with monkeypatch.context() as patch:
        patch.setattr("functions.rooms.room_settings.refuse_taken", lambda *_: None)
        answer = _rename(owner, team["roomId"], taken["name"], "rest")
    assert answer.json()["errorType"] == "error-duplicate-channel-name"
    assert _stored(workspace, team)["name"] == team["name"]


def test_a_room_in_a_team_is_changed_alone(workspace: Workspace) -> None:
    owner = workspace.person()
    team = team_of(owner)
    rid, before = room_in(owner, team), _stored(workspace, team)
    assert _rename(owner, rid, fresh("n"), "rest").status_code == 200
    owner.ok("POST", "v1/channels.setType", {"roomId": rid, "type": "p"})
    assert _stored(workspace, team) == before


def test_changing_the_team_changes_its_main_room(workspace: Workspace) -> None:
    owner = workspace.person()
    team, name = team_of(owner), fresh("renamed")
    with setting(workspace, "UI_Allow_room_names_with_special_chars", True):
        given = {"teamId": team["_id"], "data": {"name": f"{name} ü", "type": 1}}
        owner.ok("POST", "v1/teams.update", given)
    room = stored_room(workspace, team["roomId"]) or {}
    assert (room["name"], room["fname"], room["t"]) == (f"{name}-u", f"{name} ü", "p")
    assert (_stored(workspace, team)["name"], _stored(workspace, team)["type"]) == (f"{name} ü", 1)


def test_over_ddp_the_team_follows_too(workspace: Workspace) -> None:
    owner = workspace.person()
    team, name = team_of(owner), fresh("renamed")
    asked = [team["roomId"], {"roomName": name, "roomType": "p"}]
    assert invoke(workspace, owner, "saveRoomSettings", asked)["result"]["result"] is True
    assert (_stored(workspace, team)["name"], _stored(workspace, team)["type"]) == (name, 1)
