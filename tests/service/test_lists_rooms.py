"""Lists of rooms and of who is in them: what is in each, for whom, and in what order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contrail.domain.members import subscription_of
from contrail.shapes.ids import random_id
from tests.support.counting import Commands
from tests.support.lists import KEYS, UNAUTHORIZED, both, change, made
from tests.support.people import fails, said
from tests.support.scene import fresh, invoke, refused
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace


def names(person: Person, path: str, key: str, **given: Any) -> list[str]:
    rows = person.ok("GET", f"v1/{path}", {"count": 0, **given})[key]
    return [row["name"] for row in rows]


@both
def test_the_joined_ones_are_listed_and_nothing_else(workspace: Workspace, family: str) -> None:
    one, other = workspace.person(), workspace.person()
    rooms = sorted(made(one, family, other)["name"] for _ in range(3))
    made(other, family)
    path, key = (
        ("channels.list.joined", "channels")
        if family == "channels"
        else (
            "groups.list",
            "groups",
        )
    )
    assert [name for name in names(one, path, key) if name != "general"] == rooms
    assert names(one, path, key, sort='{"name":-1}')[:1] == rooms[-1:]
    body = one.ok("GET", f"v1/{path}", {"count": 2, "offset": 1})
    assert (body["count"], body["offset"]) == (2, 1)
    assert body["total"] == len(names(one, path, key))
    wanted = json.dumps({"name": {"$in": rooms[:1]}})
    assert names(one, path, key, query=wanted) == rooms[:1]


def test_who_is_in_no_group_gets_an_empty_list(workspace: Workspace) -> None:
    body = workspace.person().ok("GET", "v1/groups.list")
    assert (body["groups"], body["total"]) == ([], 0)


def test_an_administrator_lists_all_groups(workspace: Workspace) -> None:
    group = made(workspace.person(), "groups")["name"]
    assert group in names(workspace.admin, "groups.listAll", "groups")
    refused(workspace.person().get("v1/groups.listAll"), 403, UNAUTHORIZED)


@both
def test_the_last_message_shows_no_stars_but_ones_own(workspace: Workspace, family: str) -> None:
    one, two = workspace.person(), workspace.person()
    room = made(one, family, two)
    said(one, room, "shining")
    stars = [{"_id": one.id}, {"_id": two.id}]
    change(workspace, "rocketchat_room", {"_id": room["_id"]}, **{"lastMessage.starred": stars})
    given = {"roomId": room["_id"]}
    shown = [one.ok("GET", f"v1/{family}.info", given)[KEYS[family]]]
    shown += [one.ok("GET", "v1/rooms.info", given)["room"]]
    rows = one.ok("GET", "v1/rooms.get")["update"]
    shown += [row for row in rows if row["_id"] == room["_id"]]
    for room in shown:
        assert room["lastMessage"]["starred"] == [{"_id": one.id}]
        assert room["lastMessage"]["u"]["name"] == one.username.title()


def test_a_room_is_shown_with_the_fields_asked_for(workspace: Workspace) -> None:
    one = workspace.person()
    room = made(one, "channels")
    given = {"roomName": room["name"], "fields": '{"name":1}'}
    shown = one.ok("GET", "v1/rooms.info", given)["room"]
    assert shown == {"_id": room["_id"], "name": room["name"]}


def test_a_room_is_shown_with_its_parent_and_its_team(workspace: Workspace) -> None:
    one = workspace.person()
    parent, room = made(one, "channels"), made(one, "channels")
    change(workspace, "rocketchat_room", {"_id": room["_id"]}, prid=parent["_id"])
    answer = one.ok("GET", "v1/rooms.info", {"roomId": room["_id"]})
    assert answer["parent"]["_id"] == parent["_id"]
    team = {"_id": random_id(), "name": fresh("t"), "type": 0, "roomId": parent["_id"]}
    workspace.database["rocketchat_team"].insert_one(dict(team))
    change(workspace, "rocketchat_room", {"_id": room["_id"]}, teamId=team["_id"], prid="")
    answer = one.ok("GET", "v1/rooms.info", {"roomId": room["_id"]})
    assert (answer["team"], answer["parent"]["_id"]) == (team, parent["_id"])


@both
def test_webhooks_of_a_room_are_all_or_those_one_made(workspace: Workspace, family: str) -> None:
    admin, person = workspace.admin, workspace.person()
    room = made(admin, family, person)
    rows = [
        {"_id": random_id(), "type": "webhook-incoming", "name": name, "token": "hidden"}
        | {"channel": [f"#{room['name']}"], "_createdBy": {"_id": maker.id, "username": "x"}}
        for name, maker in (("a", admin), ("b", person))
    ]
    workspace.database["rocketchat_integrations"].insert_many([dict(row) for row in rows])
    given = {"roomId": room["_id"]}
    found = admin.ok("GET", f"v1/{family}.getIntegrations", given)
    assert sorted(row["name"] for row in found["integrations"]) == ["a", "b"]
    assert "hidden" not in str(found)
    refused(person.get(f"v1/{family}.getIntegrations", **given), 403, UNAUTHORIZED)
    role = {
        "permissions": [{"_id": "manage-own-incoming-integrations", "roles": ["admin", "user"]}]
    }
    before = {"permissions": [{"_id": "manage-own-incoming-integrations", "roles": ["admin"]}]}
    admin.ok("POST", "v1/permissions.update", role)
    try:
        own = person.ok("GET", f"v1/{family}.getIntegrations", given)["integrations"]
        assert [row["name"] for row in own] == ["b"]
    finally:
        admin.ok("POST", "v1/permissions.update", before)


def test_mentions_of_oneself_in_a_channel_are_listed(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    room = made(one, "channels", two)
    sent = [said(one, room, text) for text in "ab"]
    for message, uid in zip(sent, (one.id, two.id), strict=True):
        mention = [{"_id": uid, "type": "user"}]
        change(workspace, "rocketchat_message", {"_id": message["_id"]}, mentions=mention)
    given = {"roomId": room["_id"]}
    body = two.ok("GET", "v1/channels.getAllUserMentionsByChannel", given)
    assert ([row["msg"] for row in body["mentions"]], body["total"]) == (["b"], 1)


def test_anyone_reads_a_channel_where_the_workspace_lets_them(workspace: Workspace) -> None:
    room = made(workspace.person(), "channels")
    said(
        workspace.admin,
        workspace.admin.ok("POST", "v1/channels.join", {"roomId": room["_id"]})["channel"],
        "hi",
    )
    path, given = "v1/channels.anonymousread", {"roomId": room["_id"], "count": 1, "offset": 0}
    answer = workspace.http("GET", path, params=given)
    details = {"method": "channels.anonymousread"}
    fails(answer, 'Enable "Allow Anonymous Read"', "error-not-allowed", details)
    with setting(workspace, "Accounts_AllowAnonymousRead", True):
        answer = workspace.http("GET", path, params=given)
        assert [row["msg"] for row in answer.json()["messages"]] == ["hi"]
        closed = made(workspace.person(), "groups")["_id"]
        answer = workspace.http("GET", path, params={"roomId": closed})
        text = 'The required "roomId" or "roomName" param provided does not match any channel'
        fails(answer, text, "error-room-not-found")


@pytest.mark.parametrize("special", [True, False])
def test_administrators_search_rooms_by_name_and_kind(workspace: Workspace, special: bool) -> None:
    admin, person = workspace.admin, workspace.person()
    name = fresh("канал" if special else "latin")
    with setting(workspace, "UI_Allow_room_names_with_special_chars", special):
        room = made(person, "channels", name=name)
        body = admin.ok("GET", "v1/rooms.adminRooms", {"filter": name[:12]})
        assert [row["_id"] for row in body["rooms"]] == [room["_id"]]
    for types, found in ((["c"], 1), (["p"], 0), (["c", "p"], 1), (["discussions"], 0)):
        body = admin.ok("GET", "v1/rooms.adminRooms", {"filter": name, "types[]": types})
        assert (body["total"], body["count"]) == (found, found)
    shown = admin.ok("GET", "v1/rooms.adminRooms.getRoom", {"rid": room["_id"]})
    assert (shown["name"], shown["usersCount"]) == (room["name"], 1)
    fails(person.get("v1/rooms.adminRooms"), "error-not-authorized")


def test_what_one_types_is_completed_from_ones_own_rooms(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    part = fresh("q")
    mine = [made(one, family, name=f"{part}{n}")["name"] for n, family in enumerate(KEYS)]
    made(two, "channels", name=f"{part}x")
    given = {"selector": json.dumps({"name": part.upper()})}
    path = "v1/rooms.autocomplete.channelAndPrivate"
    assert [row["name"] for row in one.ok("GET", path, given)["items"]] == mine
    page = one.ok("GET", f"{path}.withPagination", {**given, "count": 1, "offset": 1})
    assert ([row["name"] for row in page["items"]], page["total"]) == (mine[1:], 2)
    fails(one.get(f"{path}.withPagination"), "The 'selector' param is required")
    teams = "v1/rooms.autocomplete.availableForTeams"
    two.ok("POST", "v1/channels.join", {"roomName": mine[0]})
    assert [row["name"] for row in one.ok("GET", teams, {"name": part})["items"]] == mine
    assert [row["name"] for row in two.ok("GET", teams, {"name": part})["items"]] == [f"{part}x"]
    change(workspace, "rocketchat_room", {"name": mine[0]}, teamId="T")
    assert [row["name"] for row in one.ok("GET", teams, {"name": part})["items"]] == mine[1:]


def test_a_name_is_known_to_be_taken(workspace: Workspace) -> None:
    person = workspace.person()
    name = made(workspace.person(), "groups")["name"]
    for text, exists in ((name, True), (fresh("no"), False)):
        assert person.ok("GET", "v1/rooms.nameExists", {"roomName": text})["exists"] is exists
        assert invoke(workspace, person, "roomNameExists", [text]) == {"result": exists}
    text = "must have required property 'roomName'"
    fails(person.get("v1/rooms.nameExists"), text, "invalid-params")


ROOMS = 5_000
LISTS = (
    ("v1/channels.list", "channels"),
    ("v1/channels.list.joined", "channels"),
    ("v1/groups.list", "groups"),
    ("v1/groups.listAll", "groups"),
    ("v1/rooms.adminRooms", "rooms"),
    ("v1/rooms.autocomplete.channelAndPrivate.withPagination", "items"),
)


def test_listing_fifty_of_five_thousand_rooms_costs_what_listing_few_does(
    new_workspace: Callable[..., Workspace],
) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    admin = workspace.admin
    counts: list[list[list[str]]] = []
    me = {"_id": admin.id, "username": admin.username, "name": "A"}
    for size in (60, ROOMS):
        _fill(workspace, me, size)
        counts.append([])
        for path, key in LISTS:
            given = {"count": 50, "selector": "{}"}
            tries = []
            for _ in range(2):
                commands.reset()
                rows = admin.ok("GET", path, given)[key]
                tries.append(list(commands.seen))
                assert len(rows) == 50 or size < ROOMS, path
            counts[-1].append(min(tries, key=len))  # a sweep may have run beside the other
    assert counts[0] == counts[1]
    assert max(map(len, counts[1])) <= 4, counts[1]


def _fill(workspace: Workspace, me: Json, size: int) -> None:
    """So many rooms more, half of them private, with the person in each of them."""
    now = workspace.runtime.clock.now()
    rooms: list[Json] = [
        {"_id": random_id(), "t": "cp"[n % 2], "name": fresh("r"), "ts": now, "_updatedAt": now}
        for n in range(size)
    ]
    for start in range(0, size, 500):
        some = rooms[start : start + 500]
        workspace.database["rocketchat_room"].insert_many(some)
        rows = [subscription_of(room, me, now) for room in some]
        workspace.database["rocketchat_subscription"].insert_many(rows)
