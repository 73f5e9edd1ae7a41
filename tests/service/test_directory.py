"""Looking for rooms and people: the directory, and spotlight."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.people import fails, made
from tests.support.scene import fresh, invoke, without
from tests.support.settings import setting
from tests.support.teams import enter, granted, room_in, room_of, stored_room, team_of
from tests.support.workspace import Json, Person, Workspace


def _found(person: Person, **given: Any) -> list[Json]:
    rows: list[Json] = person.ok("GET", "v1/directory", given)["result"]
    return rows


def _names(rows: list[Json]) -> list[str]:
    return [row["name"] for row in rows]


def test_people_are_found_by_their_names(workspace: Workspace) -> None:
    person, part = workspace.person(), fresh("find")
    users = [made(workspace, name=f"{part} {n}", bio="b") for n in (2, 1)]
    query = json.dumps({"text": part.upper(), "type": "users"})
    body = person.ok("GET", "v1/directory", {"query": query})
    assert (body["count"], body["offset"], body["total"]) == (2, 0, 2)
    assert _names(body["result"]) == [f"{part} 1", f"{part} 2"]
    assert set(body["result"][0]) == {"_id", "username", "name", "bio", "createdAt"}
    (row,) = _found(workspace.admin, text=users[0]["emails"][0]["address"], type="users")
    assert row["emails"] == users[0]["emails"]
    assert _found(person, text=users[0]["emails"][0]["address"], type="users") == []
    sort = json.dumps({"name": -1})
    assert _names(_found(person, text=part, type="users", sort=sort, count=1)) == [f"{part} 2"]
    for permission in ("view-outside-room", "view-d-room"):
        with without(workspace, permission, "user"):
            answer = person.get("v1/directory", type="users")
            fails(answer, "Please verify the parameters")


def test_channels_are_found_and_sorted(workspace: Workspace) -> None:
    owner, other, part = workspace.person(), workspace.person(), fresh("dir")
    for name in (f"{part}-b", f"{part}-a"):
        workspace.channel(owner, name=name)
    workspace.channel(owner, other, name=f"{part}-c")
    query = json.dumps({"text": part, "type": "channels"})
    assert _names(_found(other, query=query)) == [f"{part}-a", f"{part}-b", f"{part}-c"]
    shown = _found(other, query=query)[0]
    assert {"_id", "fname", "t", "usersCount", "ts"} <= set(shown)
    assert not {"joinCode", "_contrail", "u"} & set(shown)
    sort = json.dumps({"usersCount": -1})
    assert _names(_found(other, query=query, sort=sort))[0] == f"{part}-c"
    page = other.ok("GET", "v1/directory", {"query": query, "count": 1, "offset": 1})
    assert (_names(page["result"]), page["count"], page["offset"], page["total"]) == (
        *([f"{part}-b"], 1, 1, 3),
    )
    with without(workspace, "view-c-room", "user"):
        fails(other.get("v1/directory", query=query), "Please verify the parameters")


def test_rooms_of_teams_are_found_by_who_may_enter_them(workspace: Workspace) -> None:
    owner, member, other = (workspace.person() for _ in range(3))
    private, public = team_of(owner, private=True), team_of(owner)
    enter(owner, private, member)
    rooms = {
        "open": room_in(owner, public),
        "inner": room_in(owner, private),
        "closed": room_in(owner, public, private=True),
    }
    names = {key: (stored_room(workspace, rid) or {})["name"] for key, rid in rooms.items()}

    def seen(person: Person) -> dict[str, str]:
        found = {}
        for key, name in names.items():
            for row in _found(person, text=name, type="channels"):
                found[key] = row["belongsTo"]
        return found

    assert seen(other) == {"open": public["name"]}
    assert seen(member) == {"open": public["name"], "inner": private["name"]}
    assert set(seen(owner)) == {"open", "inner", "closed"}


def test_the_directory_of_teams_has_main_rooms_and_how_many_rooms_they_have(
    workspace: Workspace,
) -> None:
    owner, other = workspace.person(), workspace.person()
    public, private = team_of(owner), team_of(owner, private=True)
    room_in(owner, public)
    query = json.dumps({"text": public["name"], "type": "teams"})
    body = other.ok("GET", "v1/directory", {"query": query, "sort": json.dumps({"name": 1})})
    (row,) = body["result"]
    assert body["total"] == 1
    assert (row["_id"], row["teamId"], row["teamMain"]) == (public["roomId"], public["_id"], True)
    assert row["roomsCount"] == 1
    assert {"fname", "name", "t", "usersCount", "ts"} <= set(row)
    assert _found(other, text=private["name"], type="teams") == []
    assert len(_found(owner, text=private["name"], type="teams")) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"query": '{"text":"x","type":"invalid"}'},
        {"query": '{"type":12}'},
        {"type": "invalid"},
        {"sort": '{"bio":1}'},
        {"type": "users", "sort": '{"usersCount":1}'},
        {"type": "users", "sort": '{"email":1}'},
    ],
)
def test_what_is_no_list_is_refused(workspace: Workspace, given: Json) -> None:
    fails(workspace.person().get("v1/directory", **given), "Please verify the parameters")


def test_the_directory_is_sorted_by_one_field(workspace: Workspace) -> None:
    person = workspace.person()
    sort = json.dumps({"name": 1, "createdAt": 1})
    answer = person.get("v1/directory", type="channels", sort=sort)
    fails(answer, 'This method support only one "sort" parameter')
    for text in ('{"name":1,"test":1}', '{"joinCode":1}', "{"):
        answer = person.get("v1/directory", type="channels", sort=text)
        assert answer.json()["errorType"] == "error-invalid-sort"


def test_over_ddp_the_directory_is_the_same(workspace: Workspace) -> None:
    owner, part = workspace.person(), fresh("ddp")
    workspace.channel(owner, name=part)
    given = {"text": part, "type": "channels", "sortBy": "name", "sortDirection": "asc"}
    result = invoke(workspace, owner, "browseChannels", [{**given, "page": 0}])["result"]
    assert (result["total"], _names(result["results"])) == (1, [part])
    beyond = invoke(workspace, owner, "browseChannels", [{**given, "page": 3, "limit": 5}])
    assert beyond["result"] == {"total": 1, "results": []}
    assert invoke(workspace, owner, "browseChannels", [given]) == {}
    for wrong in ({"type": "x"}, {"sortBy": "x"}):
        outcome = invoke(workspace, owner, "browseChannels", [{**given, "page": 0, **wrong}])
        assert outcome == {}
    assert invoke(workspace, None, "browseChannels", [{**given, "page": 0}]) == {}
    with setting(workspace, "Accounts_AllowAnonymousRead", True):
        outcome = invoke(workspace, None, "browseChannels", [{**given, "page": 0}])
        assert outcome["result"]["total"] == 1
        people = {**given, "type": "users", "page": 0}
        assert invoke(workspace, None, "browseChannels", [people]) == {}


def _spot(person: Person, query: str, **more: Any) -> Json:
    return person.ok("GET", "v1/spotlight", {"query": query, **more})


def test_spotlight_needs_a_query(workspace: Workspace) -> None:
    answer = workspace.person().get("v1/spotlight")
    fails(answer, "must have required property 'query'", "invalid-params")


def test_spotlight_finds_people_and_channels(workspace: Workspace) -> None:
    person, part = workspace.person(), fresh("spot")
    user = made(workspace, username=part, name="Somebody")
    channel = workspace.channel(workspace.person(), name=f"{part}-room")
    both = _spot(person, part)
    assert [one["_id"] for one in both["users"]] == [user["_id"]]
    assert [one["_id"] for one in both["rooms"]] == [channel["_id"]]
    assert set(both["users"][0]) == {"_id", "username", "name", "status"}
    only_people, only_rooms = _spot(person, f"@{part}"), _spot(person, f"#{part}")
    assert (len(only_people["users"]), only_people["rooms"]) == (1, [])
    assert (only_rooms["users"], len(only_rooms["rooms"])) == ([], 1)
    assert _spot(person, part, usernames=part)["users"] == []
    assert _spot(person, part, type='{"users":false}')["users"] == []
    assert _spot(person, f"{part}.*")["rooms"] == []
    person.ok("POST", "v1/channels.join", {"roomId": channel["_id"]})
    # One's own rooms are listed elsewhere: here they are found by their whole name alone.
    assert _spot(person, part)["rooms"] == []
    assert len(_spot(person, channel["name"])["rooms"]) == 1
    answer = person.get("v1/spotlight", query="x", type="{")
    assert answer.json()["errorType"] == "invalid-params"


def test_spotlight_shows_a_teams_main_room_to_who_is_not_in_it(workspace: Workspace) -> None:
    owner, person = workspace.person(), workspace.person()
    team = team_of(owner)
    inner = (stored_room(workspace, room_in(owner, team)) or {})["name"]
    (room,) = _spot(person, f"#{team['name']}")["rooms"]
    assert (room["_id"], room["teamMain"]) == (team["roomId"], True)
    assert _spot(person, f"#{inner}")["rooms"] == []


def test_spotlight_finds_rooms_by_the_name_that_is_shown(workspace: Workspace) -> None:
    owner, person, shown = workspace.person(), workspace.person(), f"{fresh('näme')} of it"
    with setting(workspace, "UI_Allow_room_names_with_special_chars", True):
        workspace.channel(owner, name=shown)
        (room,) = _spot(person, f"#{shown}")["rooms"]
    assert room["fname"] == shown


def test_spotlight_marks_who_is_outside_of_the_room(workspace: Workspace) -> None:
    owner, part = workspace.person(), fresh("in")
    inside = made(workspace, username=f"{part}.z")
    outside = made(workspace, username=f"{part}.a")
    rid = room_of(owner)
    owner.ok("POST", "v1/channels.invite", {"roomId": rid, "userId": inside["_id"]})
    found = [(one["_id"], one.get("outside")) for one in _spot(owner, part, rid=rid)["users"]]
    assert found == [(inside["_id"], None), (outside["_id"], True)]
    with granted(workspace, "view-outside-room", ["admin"]):
        assert [one["_id"] for one in _spot(owner, part, rid=rid)["users"]] == [inside["_id"]]
        assert _spot(owner, part) == {"users": [], "rooms": [], "success": True}


def test_over_ddp_spotlight_is_the_same_and_open_to_readers_without_a_login(
    workspace: Workspace,
) -> None:
    person, part = workspace.person(), fresh("open")
    user = made(workspace, username=part)
    channel = workspace.channel(workspace.person(), name=f"{part}-room")
    result = invoke(workspace, person, "spotlight", [part, [], {"users": True}])["result"]
    assert [one["_id"] for one in result["users"]] == [user["_id"]]
    assert [one["_id"] for one in result["rooms"]] == [channel["_id"]]
    assert invoke(workspace, person, "spotlight", [part, [part]])["result"]["users"] == []
    assert invoke(workspace, None, "spotlight", [part])["result"] == {"users": [], "rooms": []}
    with setting(workspace, "Accounts_AllowAnonymousRead", True):
        result = invoke(workspace, None, "spotlight", [part])["result"]
    assert ([one["_id"] for one in result["rooms"]], result["users"]) == ([channel["_id"]], [])


def test_no_more_people_are_suggested_than_the_workspace_says(workspace: Workspace) -> None:
    person, part = workspace.person(), fresh("many")
    for n in range(4):
        made(workspace, username=f"{part}{n}")
    with setting(workspace, "Number_of_users_autocomplete_suggestions", 3):
        assert len(_spot(person, part)["users"]) == 3
