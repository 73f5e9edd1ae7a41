"""Public channels: making them, finding them, joining them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.scene import changes, fresh, invoke, refused, snapshot, without
from tests.support.workspace import Json, Person, Workspace


def _fails(answer: Any, error: str, error_type: str | None = None, details: Any = None) -> None:
    body: Json = {"success": False, "error": error}
    if error_type is not None:
        body |= {"error": f"{error} [{error_type}]", "errorType": error_type}
    refused(answer, 400, body | ({"details": details} if details else {}))


def _set(workspace: Workspace, rid: str, **fields: Any) -> None:
    workspace.database["rocketchat_room"].update_one({"_id": rid}, {"$set": fields})


def _names(person: Person, **given: Any) -> set[str]:
    return {room["name"] for room in person.ok("GET", "v1/channels.list", given)["channels"]}


def _subscription(person: Person, rid: str) -> Json | None:
    rows = person.ok("GET", "v1/subscriptions.get")["update"]
    return next((row for row in rows if row["rid"] == rid), None)


def test_a_new_channel_is_what_was_asked_for(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    members = [member.username, "nobody.there", owner.username]
    given: Json = {"name": fresh("c"), "members": members}
    given |= {"readOnly": True, "customFields": {"a.b": {"c": [1]}}}
    given |= {"extraData": {"topic": "T", "broadcast": True, "teamId": "x", "joinCode": "x"}}
    room = owner.ok("POST", "v1/channels.create", given)["channel"]
    assert (room["name"], room["fname"], room["t"]) == (given["name"], given["name"], "c")
    assert (room["ro"], room["topic"], room["broadcast"]) == (True, "T", True)
    assert (room["usersCount"], room["msgs"], room["default"]) == (2, 0, False)
    assert room["customFields"] == given["customFields"]
    assert room["u"]["_id"] == owner.id
    assert not {"teamId", "joinCode"} & set(room)
    assert owner.ok("GET", "v1/channels.info", {"roomId": room["_id"]})["channel"] == room
    assert (_subscription(owner, room["_id"]) or {})["roles"] == ["owner"]
    joined = _subscription(member, room["_id"])
    assert joined is not None
    assert "roles" not in joined


def test_a_channel_may_be_made_for_others(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member, excludeSelf=True)
    assert room["usersCount"] == 1
    assert _subscription(owner, room["_id"]) is None
    assert _subscription(member, room["_id"]) is not None


def test_a_name_is_given_once(workspace: Workspace) -> None:
    owner = workspace.person()
    room = workspace.channel(owner)
    details = {"function": "RocketChat.getValidRoomName", "channel_name": room["name"]}
    before = snapshot(workspace)
    again = {"name": room["name"]}
    reason = f"A channel with name '{room['name']}' exists"
    answer = owner.post("v1/channels.create", again)
    _fails(answer, reason, "error-duplicate-channel-name", details)
    error = invoke(workspace, owner, "createChannel", [room["name"], []])["error"]
    assert (error["error"], error["details"]) == ("error-duplicate-channel-name", details)
    assert not changes(workspace, before)
    _set(workspace, room["_id"], archived=True)
    reason = f"There's an archived channel with name {room['name']}"
    answer = owner.post("v1/channels.create", again)
    _fails(answer, reason, "error-archived-duplicate-name", details)


def test_of_many_making_one_channel_at_once_one_does(workspace: Workspace) -> None:
    owner, given = workspace.person(), {"name": fresh("c")}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: owner.post("v1/channels.create", given), range(6)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] + [400] * 5
    rooms = workspace.database["rocketchat_room"].count_documents(given)
    rows = workspace.database["rocketchat_subscription"].count_documents(given)
    assert (rooms, rows) == (1, 1)


@pytest.mark.parametrize("name", ["with space", "#name", "näme", "a/b", "$name", "a\0b", "@x"])
def test_a_name_must_be_usable(workspace: Workspace, name: str) -> None:
    owner, shown = workspace.person(), name.strip()
    details = {"function": "RocketChat.getValidRoomName", "channel_name": shown}
    answer = owner.post("v1/channels.create", {"name": name})
    reason = f"{shown} is not a valid room name."
    _fails(answer, reason, "error-invalid-room-name", details)


def test_a_name_is_more_than_blanks(workspace: Workspace) -> None:
    answer = workspace.person().post("v1/channels.create", {"name": "  "})
    details = {"function": "RocketChat.createRoom"}
    _fails(answer, "Invalid name", "error-invalid-name", details)


def test_a_channel_is_found_by_its_id_and_its_name(workspace: Workspace) -> None:
    person = workspace.person()
    room = workspace.channel(workspace.person())
    for given in ({"roomId": room["_id"]}, {"roomName": room["name"]}):
        assert person.ok("GET", "v1/channels.info", given)["channel"]["_id"] == room["_id"]
    assert person.get("v1/channels.info", roomName=room["_id"]).status_code == 400
    find = [("c", room["name"]), ("c", room["_id"])]
    for params in find:
        assert (
            invoke(workspace, person, "getRoomByTypeAndName", [*params])["result"]["_id"]
            == (room["_id"])
        )
    assert invoke(workspace, person, "getRoomIdByNameOrId", [room["name"]]) == {
        "result": room["_id"]
    }


def test_a_channel_shows_its_last_message(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    sent = owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "hi"}})[
        "message"
    ]
    room = owner.ok("GET", "v1/channels.info", {"roomId": rid})["channel"]
    assert room["lastMessage"]["_id"] == sent["_id"]
    assert (room["lm"], room["msgs"]) == (sent["ts"], 1)


def test_a_private_room_is_no_channel_not_even_for_its_members(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    _set(workspace, rid, t="p")
    reason = 'The required "roomId" or "roomName" param provided does not match any channel'
    for verb, path in (("GET", "info"), ("GET", "messages"), ("GET", "history"), ("POST", "join")):
        ask = owner.get if verb == "GET" else lambda p, **given: owner.post(p, given)
        _fails(ask(f"v1/channels.{path}", roomId=rid), reason, "error-room-not-found")


def test_channels_are_listed_to_who_may_see_them(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    mine, closed, team = (workspace.channel(owner)["name"] for _ in range(3))
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"name": closed}, {"$set": {"t": "p"}})
    rooms.update_one({"name": team}, {"$set": {"teamId": "T"}})
    every = {"query": json.dumps({"name": {"$in": [mine, closed, team]}})}
    assert _names(other, **every) == {mine}
    assert _names(owner, **every) == {mine, team}
    with without(workspace, "view-c-room", "user"):
        body = {"success": False, "error": "unauthorized"}
        refused(other.get("v1/channels.list", count=0), 403, body)
        reason = 'The required "roomId" or "roomName" param provided does not match any channel'
        answer = other.get("v1/channels.info", roomName=mine)
        _fails(answer, reason, "error-room-not-found")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"name": 1}, {"_id", "name"}),
        ({"name": 1, "_id": 0}, {"name"}),
        ({"_id": 1}, {"_id"}),
    ],
)
def test_a_list_shows_the_fields_asked_for(workspace: Workspace, fields: Json, shown: Any) -> None:
    person = workspace.person()
    listed = person.ok("GET", "v1/channels.list", {"fields": json.dumps(fields)})["channels"]
    assert {key for room in listed for key in room} == shown


def test_a_list_may_leave_fields_out(workspace: Workspace) -> None:
    person = workspace.person()
    for fields in ({"name": 0}, {"_id": 0}, {"name": 0, "_id": 0}):
        given = {"fields": json.dumps(fields)}
        (room, *_) = person.ok("GET", "v1/channels.list", given)["channels"]
        assert {"t", "ts"} <= set(room)
        assert not set(fields) & set(room)


def test_joining_a_channel_makes_a_member_once_and_says_so(workspace: Workspace) -> None:
    owner, person = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    for _ in range(2):
        room = person.ok("POST", "v1/channels.join", {"roomId": rid})["channel"]
        assert (room["_id"], room["usersCount"]) == (rid, 2)
    assert invoke(workspace, person, "joinRoom", [rid]) == {}
    told = list(workspace.database["rocketchat_message"].find({"rid": rid}))
    assert [(row["t"], row["msg"], row["u"]["_id"]) for row in told] == [
        ("uj", person.username, person.id)
    ]
    assert (_subscription(person, rid) or {})["open"] is True


def test_a_channel_is_joined_by_its_name_too(workspace: Workspace) -> None:
    person, room = workspace.person(), workspace.channel(workspace.person())
    joined = person.ok("POST", "v1/channels.join", {"roomName": room["name"]})["channel"]
    assert joined["usersCount"] == 2


def test_an_archived_channel_is_not_joined(workspace: Workspace) -> None:
    room = workspace.channel(workspace.person())
    _set(workspace, room["_id"], archived=True)
    answer = workspace.person().post("v1/channels.join", {"roomId": room["_id"]})
    _fails(answer, f"The channel, {room['name']}, is archived", "error-room-archived")


def test_a_join_code_keeps_out_who_does_not_know_it(workspace: Workspace) -> None:
    person, admin = workspace.person(), workspace.admin
    rid = workspace.channel(workspace.person())["_id"]
    _set(workspace, rid, joinCode="sesame", joinCodeRequired=True)
    details = {"method": "joinRoom"}
    for code in ({}, {"joinCode": ""}, {"joinCode": None}):
        answer = person.post("v1/channels.join", {"roomId": rid, **code})
        _fails(answer, "Code required", "error-code-required", details)
    for wrong in ("open", "sesam", "Sesame", "sésame", "\0"):
        answer = person.post("v1/channels.join", {"roomId": rid, "joinCode": wrong})
        _fails(answer, "Invalid Room Password", "error-code-invalid", details)
        error = invoke(workspace, person, "joinRoom", [rid, wrong])["error"]
        assert (error["error"], error["details"]) == ("error-code-invalid", details)
    assert _subscription(person, rid) is None
    joined = person.post("v1/channels.join", {"roomId": rid, "joinCode": "sesame"})
    assert joined.json()["channel"]["joinCodeRequired"] is True
    freely = admin.post("v1/channels.join", {"roomId": rid})  # join-without-join-code
    assert freely.json()["channel"]["usersCount"] == 3
    rooms = (joined, freely, *(person.get(f"v1/{p}") for p in ("rooms.get", "channels.list")))
    assert not [answer.text for answer in rooms if "sesame" in answer.text]


def test_channels_are_looked_up_by_a_part_of_their_name(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    part = fresh("x")
    names = [f"{part}.b", f"{part}.a", f"{part}-c"]
    for name in names:
        workspace.channel(owner, name=name)
    workspace.database["rocketchat_room"].update_one({"name": names[2]}, {"$set": {"t": "p"}})

    def look(person: Person, *params: Any) -> list[str]:
        found = invoke(workspace, person, "channelsList", list(params))["result"]["channels"]
        return [room["name"] for room in found]

    assert look(owner, part, "", 500) == [names[2], names[1], names[0]]
    assert look(other, part.upper(), "", 500, "name") == [names[1], names[0]]
    assert look(owner, part, "private", 500) == [names[2]]
    assert look(owner, f"{part}.", "public", 1) == [names[1]]
    assert look(owner, f"{part}.*") == []
    # One client gives them in another order: an error is fine, losing the connection is not.
    error = invoke(workspace, owner, "channelsList", ["", 500, "msgs"])["error"]
    assert error["sanitizedError"]["error"] == 400
