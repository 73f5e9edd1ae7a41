"""Many at once on one team: making it, ending it, and what gets in between; and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

from tests.support.counting import Commands
from tests.support.people import fails
from tests.support.scene import fresh
from tests.support.teams import enter, members_of, room_in, room_of, stored_room, team_of
from tests.support.workspace import Json, Person, Workspace

MANY = 50


def _at_once(calls: list[Callable[[], Any]]) -> list[int]:
    """Status codes, sorted."""
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda call: call(), calls))
    assert not [one.text for one in answers if one.status_code >= 500]
    return sorted(answer.status_code for answer in answers)


def _posting(person: Person, path: str, given: Json) -> Callable[[], Any]:
    return lambda: person.post(f"v1/{path}", given)


def _traces(workspace: Workspace, team_id: str) -> list[Json]:
    """What is left of a team."""
    named: Json = {"$or": [{"teamId": team_id}, {"_id": team_id}]}
    kept = ("rocketchat_team", "rocketchat_team_member", "rocketchat_room")
    return [row for name in kept for row in workspace.database[name].find(named)]


def test_of_many_who_convert_one_room_one_does(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = room_of(owner)
    call = _posting(owner, "channels.convertToTeam", {"channelId": rid})
    assert _at_once([call] * MANY) == [200] + [400] * (MANY - 1)
    teams = list(workspace.database["rocketchat_team"].find({"roomId": rid}))
    assert len(teams) == 1
    room = stored_room(workspace, rid) or {}
    assert (room["teamId"], room["teamMain"]) == (teams[0]["_id"], True)
    assert members_of(owner, teams[0]) == {owner.username: ["owner"]}


def test_of_many_who_end_one_team_one_does(workspace: Workspace) -> None:
    owner = workspace.person()
    for path in ("teams.delete", "teams.convertToChannel"):
        team = team_of(owner)
        kept, taken = room_in(owner, team), room_in(owner, team)
        given = {"teamId": team["_id"], "roomsToRemove": [taken]}
        first, *others = _at_once([_posting(owner, path, given)] * MANY)
        # Who comes while it ends owns nothing of it any more.
        assert (first, set(others) <= {400, 403}) == (200, True)
        assert _traces(workspace, team["_id"]) == []
        assert stored_room(workspace, kept) is not None
        assert stored_room(workspace, taken) is None
        assert (stored_room(workspace, team["roomId"]) is None) == (path == "teams.delete")


def test_converting_and_deleting_at_once_have_one_consistent_end(workspace: Workspace) -> None:
    """Fifty tries of each on one room, then whatever is left is ended: nothing hangs loose."""
    owner = workspace.person()
    rid = room_of(owner)
    name = (stored_room(workspace, rid) or {})["name"]
    calls = [
        _posting(owner, "channels.convertToTeam", {"channelId": rid}),
        _posting(owner, "teams.delete", {"teamName": name}),
        _posting(owner, "teams.convertToChannel", {"teamName": name}),
    ]
    codes = _at_once(list(islice(cycle(calls), 3 * MANY)))
    assert codes.count(200) >= 1
    room = stored_room(workspace, rid)
    team = workspace.database["rocketchat_team"].find_one({"name": name})
    assert (room or {}).get("teamId") == (team or {}).get("_id")
    if team is not None:
        assert "held" not in team.get("_contrail", {})
        owner.ok("POST", "v1/teams.delete", {"teamName": name})
        assert _traces(workspace, team["_id"]) == []


def test_rooms_and_members_that_come_while_a_team_ends_are_in_no_team(
    workspace: Workspace,
) -> None:
    owner, ann = workspace.person(), workspace.person()
    for _ in range(3):
        team = team_of(owner)
        rids = [room_of(owner) for _ in range(6)]
        calls = [
            _posting(owner, "teams.addRooms", {"teamId": team["_id"], "rooms": [rid]})
            for rid in rids
        ]
        given = {"teamId": team["_id"], "members": [{"userId": ann.id}]}
        calls[3:3] = [
            _posting(owner, "teams.delete", {"teamId": team["_id"]}),
            _posting(owner, "teams.addMembers", given),
        ]
        _at_once(calls)
        assert _traces(workspace, team["_id"]) == []
        assert all(stored_room(workspace, rid) for rid in rids)


def test_a_room_added_to_two_teams_at_once_is_in_one(workspace: Workspace) -> None:
    owner = workspace.person()
    teams = [team_of(owner), team_of(owner)]
    shared, rest = room_of(owner), [room_of(owner), room_of(owner)]
    calls = [
        _posting(owner, "teams.addRooms", {"teamId": team["_id"], "rooms": [own, shared]})
        for team, own in zip(teams, rest, strict=True)
    ]
    assert _at_once(calls) == [200, 400]
    winner = (stored_room(workspace, shared) or {})["teamId"]
    for team, own in zip(teams, rest, strict=True):
        expected = team["_id"] if team["_id"] == winner else None
        assert (stored_room(workspace, own) or {}).get("teamId") == expected


def test_of_many_who_make_a_team_of_one_name_one_does(workspace: Workspace) -> None:
    owner, name = workspace.person(), fresh("team")
    call = _posting(owner, "teams.create", {"name": name, "type": 0})
    assert _at_once([call] * 12) == [200] + [400] * 11
    assert workspace.database["rocketchat_room"].count_documents({"name": name}) == 1
    assert workspace.database["rocketchat_team"].count_documents({"name": name}) == 1


def test_what_a_dying_process_left_of_a_team_is_ended_a_minute_later(workspace: Workspace) -> None:
    owner = workspace.person()
    team, teams = team_of(owner), workspace.database["rocketchat_team"]
    now, given = workspace.runtime.clock.now(), {"teamId": team["_id"]}
    teams.update_one({"_id": team["_id"]}, {"$set": {"_contrail.held": now}})
    fails(owner.post("v1/teams.delete", given), "team-does-not-exist")
    past = now - timedelta(seconds=61)
    teams.update_one({"_id": team["_id"]}, {"$set": {"_contrail.held": past}})
    workspace.database["rocketchat_room"].delete_one({"_id": team["roomId"]})
    owner.ok("POST", "v1/teams.delete", given)
    assert _traces(workspace, team["_id"]) == []


def _cost(commands: Commands, person: Person, verb: str, path: str, given: Json) -> list[str]:
    person.workspace.settle()
    commands.reset()
    person.ok(verb, f"v1/{path}", given)
    return list(commands.seen)


def test_what_teams_cost_does_not_depend_on_their_size(
    new_workspace: Callable[..., Workspace],
) -> None:
    """Counted in a team of few and in one of more: rooms, members, and other teams beside it."""
    commands = Commands(thread="rest")
    workspace = new_workspace(listeners=(commands,))
    owner = workspace.person()
    people = [workspace.person() for _ in range(8)]
    costs: list[list[int]] = []
    for size in (2, 8):
        team = team_of(owner, members=[one.username for one in people[:size]])
        channels = [room_in(owner, team) for _ in range(size)]
        mine = {"teamId": team["_id"]}
        reads = [
            ("teams.list", {}),
            ("teams.members", mine),
            ("teams.listRooms", mine),
            ("teams.listRoomsOfUser", {**mine, "userId": owner.id}),
            ("users.listTeams", {"userId": owner.id}),
            ("directory", {"type": "teams"}),
            ("directory", {"type": "channels"}),
            ("directory", {"type": "users"}),
            ("spotlight", {"query": owner.username, "rid": team["roomId"]}),
            ("rooms.getDiscussions", {"roomId": team["roomId"]}),
        ]
        counted = [len(_cost(commands, owner, "GET", *read)) for read in reads]
        assert max(counted) <= 8, dict(zip((path for path, _ in reads), counted, strict=True))
        joining = {"roomId": channels[0], "isDefault": True}
        counted.append(len(_cost(commands, owner, "POST", "teams.updateRoom", joining)))
        ending = {**mine, "roomsToRemove": []}
        counted.append(len(_cost(commands, owner, "POST", "teams.convertToChannel", ending)))
        costs.append(counted)
        enter(owner, team_of(owner), *people[:size])
    assert costs[0] == costs[1]
