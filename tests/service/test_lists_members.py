"""Lists of who is in a room, who of them is there, and how much one has not read of it."""

from __future__ import annotations

import json

from tests.support.lists import KEYS, UNAUTHORIZED, both, change, made, usernames
from tests.support.people import fails, said
from tests.support.scene import invoke, refused
from tests.support.workspace import Workspace


@both
def test_members_are_listed_filtered_and_paged(workspace: Workspace, family: str) -> None:
    people = [workspace.person() for _ in range(3)]
    given = {"roomId": made(people[0], family, *people[1:])["_id"]}
    path, ordered = f"v1/{family}.members", sorted(one.username for one in people)
    body = people[0].ok("GET", path, given)
    assert usernames(body["members"]) == ordered
    assert (body["count"], body["offset"], body["total"]) == (3, 0, 3)
    page = people[0].ok("GET", path, {**given, "count": 1, "offset": 1})
    assert (usernames(page["members"]), page["total"]) == (ordered[1:2], 3)
    found = people[0].ok("GET", path, {**given, "filter": ordered[2][3:].upper()})
    assert (usernames(found["members"]), found["total"]) == (ordered[2:], 1)
    change(workspace, "users", {"username": ordered[0]}, status="busy")
    busy = people[0].ok("GET", path, {**given, "status[]": ["busy", "away"]})
    assert usernames(busy["members"]) == ordered[:1]
    change(workspace, "users", {"username": ordered[0]}, active=False)
    assert people[0 if ordered[0] != people[0].username else 1].ok("GET", path, given)["total"] == 2


@both
def test_a_broadcast_rooms_members_are_for_those_who_may_see_them(
    workspace: Workspace, family: str
) -> None:
    owner, person = workspace.person(), workspace.person()
    rid = made(owner, family, person)["_id"]
    change(workspace, "rocketchat_room", {"_id": rid}, broadcast=True)
    assert owner.ok("GET", f"v1/{family}.members", {"roomId": rid})["total"] == 2
    refused(person.get(f"v1/{family}.members", roomId=rid), 403, UNAUTHORIZED)
    error = invoke(workspace, person, "getUsersOfRoom", [rid, True])["error"]
    assert error["error"] == "not-authorized"


def test_users_of_a_room_are_those_that_are_there_unless_all_are_asked_for(
    workspace: Workspace,
) -> None:
    one, two = workspace.person(), workspace.person()
    rid = made(one, "channels", two)["_id"]
    change(workspace, "users", {"_id": two.id}, status="away")
    for everyone, expected in ((False, [two]), (True, [one, two])):
        answer = invoke(workspace, one, "getUsersOfRoom", [rid, everyone])["result"]
        assert answer["total"] == 2
        assert sorted(usernames(answer["records"])) == sorted(p.username for p in expected)


@both
def test_who_is_there_is_told_to_members_who_ask_for_one_room(
    workspace: Workspace, family: str
) -> None:
    one, two, outsider = (workspace.person() for _ in range(3))
    rid, path = made(one, family, two)["_id"], f"v1/{family}.online"
    change(workspace, "users", {"_id": two.id}, status="online")
    for given in ({"query": json.dumps({"_id": rid})}, {"_id": rid}):
        assert usernames(one.ok("GET", path, given)["online"]) == [two.username]
    for given in ({}, {"query": "{}"}, {"query": ""}, {"query": "x"}, {"query": '{"u":{}}'}):
        fails(one.get(path, **given), "Invalid query")
    change(workspace, "users", {"_id": two.id}, status="offline")
    assert one.ok("GET", path, {"_id": rid})["online"] == []
    answer = outsider.get(path, _id=rid)
    if family == "channels":
        assert answer.json() == {"online": [], "success": True}
    else:
        fails(answer, "Not allowed", "error-not-allowed")
    fails(one.get(path, _id="none"), f"{KEYS[family].title()} does not exists")


@both
def test_roles_and_moderators_of_a_room_are_listed(workspace: Workspace, family: str) -> None:
    owner, person = workspace.person(), workspace.person()
    given = {"roomId": made(owner, family, person)["_id"]}
    assert owner.ok("GET", f"v1/{family}.moderators", given)["moderators"] == []
    owner.ok("POST", f"v1/{family}.addModerator", {**given, "userId": person.id})
    (moderator,) = owner.ok("GET", f"v1/{family}.moderators", given)["moderators"]
    assert (moderator["_id"], moderator["username"]) == (person.id, person.username)
    roles = owner.ok("GET", f"v1/{family}.roles", given)["roles"]
    assert {row["u"]["_id"]: row["roles"] for row in roles} == {
        owner.id: ["owner"],
        person.id: ["moderator"],
    }
    over_ddp = invoke(workspace, person, "getRoomRoles", [given["roomId"]])["result"]
    assert over_ddp == roles


@both
def test_counters_count_what_came_since_one_read(workspace: Workspace, family: str) -> None:
    one, two, admin = workspace.person(), workspace.person(), workspace.admin
    room = made(one, family, two)
    given = {"roomId": room["_id"]}
    two.ok("POST", "v1/subscriptions.read", {"rid": room["_id"]})
    said(one, room, "a")
    last = said(one, room, "b")
    body = two.ok("GET", f"v1/{family}.counters", given)
    assert (body["joined"], body["members"], body["unreads"]) == (True, 2, 2)
    assert body["latest"] == last["ts"]
    refused(two.get(f"v1/{family}.counters", **given, userId=one.id), 403, UNAUTHORIZED)
    if family == "channels":
        outside = workspace.person().ok("GET", f"v1/{family}.counters", given)
        assert (outside["joined"], outside["msgs"]) == (False, None)
        theirs = admin.ok("GET", f"v1/{family}.counters", {**given, "userId": two.id})
        assert (theirs["joined"], theirs["unreads"]) == (True, 2)
