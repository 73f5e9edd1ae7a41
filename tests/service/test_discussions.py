"""Discussions: rooms that belong to another room."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import direct, fails, said
from tests.support.scene import changes, fresh, invoke, refused, snapshot
from tests.support.settings import setting
from tests.support.teams import enter, granted, room_in, room_of, said_in, stored_room, team_of
from tests.support.workspace import Json, Person, Workspace

MADE = {"method": "DiscussionCreation"}
NOT_ALLOWED = ("You cannot create a discussion", "error-action-not-allowed")


def _discuss(person: Person, prid: str, **more: Any) -> Any:
    return person.post("v1/rooms.createDiscussion", {"prid": prid, "t_name": "About", **more})


def _made(person: Person, prid: str, **more: Any) -> Json:
    answer = _discuss(person, prid, **more)
    assert answer.status_code == 200, answer.text
    room: Json = answer.json()["discussion"]
    return room


def test_a_discussion_belongs_to_its_room_and_is_told_of_there(workspace: Workspace) -> None:
    owner = workspace.person()
    parent = workspace.channel(owner)
    room = _made(owner, parent["_id"], t_name="About this and that")
    shown = ("t", "prid", "fname", "topic", "encrypted", "usersCount", "rid")
    expected = ["c", parent["_id"], "About this and that", parent["name"], False, 1, room["_id"]]
    assert [room[key] for key in shown] == expected
    rows = owner.ok("GET", "v1/subscriptions.get")["update"]
    mine = next(row for row in rows if row["rid"] == room["_id"])
    assert (mine["prid"], mine["roles"]) == (parent["_id"], ["owner"])
    assert mine["fname"] == "About this and that"
    assert said_in(workspace, parent["_id"]) == [("discussion-created", "About this and that")]
    told = workspace.database["rocketchat_message"].find_one({"drid": room["_id"]}) or {}
    assert (told["rid"], told["u"]["_id"]) == (parent["_id"], owner.id)


def test_a_discussion_starts_with_a_reply_and_with_users(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    prid = room_of(owner)
    room = _made(owner, prid, reply="Well?", users=[other.username, "nobody-there"])
    assert (room["usersCount"], room["msgs"], room["lastMessage"]["msg"]) == (2, 1, "Well?")
    rows = other.ok("GET", "v1/subscriptions.get")["update"]
    assert room["_id"] in [row["rid"] for row in rows]


def test_of_a_message_there_is_one_discussion(workspace: Workspace) -> None:
    owner, author, third = (workspace.person() for _ in range(3))
    parent = workspace.channel(owner, author, third)
    message = said(author, parent, "hear hear")
    room = _made(owner, parent["_id"], pmid=message["_id"])
    assert (room["description"], room["usersCount"]) == ("hear hear", 2)
    told = workspace.database["rocketchat_message"].find_one({"drid": room["_id"]}) or {}
    (quoted,) = told["attachments"]
    assert (quoted["text"], quoted["author_name"]) == ("hear hear", author.username)
    assert quoted["message_link"].endswith(f"/channel/{parent['name']}?msg={message['_id']}")
    again = _made(third, parent["_id"], pmid=message["_id"], t_name="Another")
    assert again["_id"] == room["_id"]
    assert (stored_room(workspace, room["_id"]) or {})["usersCount"] == 3
    assert len(said_in(workspace, parent["_id"])) == 1


def test_of_many_who_discuss_one_message_at_once_one_makes_the_room(workspace: Workspace) -> None:
    owner = workspace.person()
    parent = workspace.channel(owner)
    message = said(owner, parent, "hear hear")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: _made(owner, parent["_id"], pmid=message["_id"]), range(8)))
    assert len({room["_id"] for room in made}) == 1
    rooms = workspace.database["rocketchat_room"]
    assert rooms.count_documents({"prid": parent["_id"]}) == 1


def test_what_is_missing_or_wrong_is_said(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    parent, elsewhere = workspace.channel(owner), workspace.channel(owner)
    closed = room_of(other, private=True)
    message = said(owner, elsewhere, "x")
    path, rid = "v1/rooms.createDiscussion", parent["_id"]
    before = snapshot(workspace)
    fails(owner.post(path, {}), 'Body parameter "prid" is required.')
    fails(owner.post(path, {"prid": rid}), 'Body parameter "t_name" is required.')
    fails(_discuss(owner, rid, users={"invalid": "x"}), 'Body parameter "users" must be an array.')
    text = 'Body parameter "encrypted" must be a boolean when included.'
    fails(_discuss(owner, rid, encrypted="yes"), text)
    for unknown in ("invalid", closed):
        fails(_discuss(owner, unknown), "Invalid room", "error-invalid-room", MADE)
    answer = _discuss(owner, rid, pmid="invalid")
    fails(answer, "Invalid message", "error-invalid-message", MADE)
    answer = _discuss(owner, rid, pmid=message["_id"])
    reason = "Root message room ID does not match parent room ID"
    fails(answer, reason, "error-invalid-arguments", MADE)
    answer = _discuss(owner, rid, encrypted=True, reply="x")
    reason = "Encrypted discussions must not receive an initial reply."
    fails(answer, reason, "error-invalid-arguments", MADE)
    assert not changes(workspace, before)
    inner = _made(owner, rid)
    answer = _discuss(owner, inner["_id"])
    fails(answer, "Cannot create nested discussions", "error-nested-discussion", MADE)


def test_discussions_are_for_who_may_start_them_where_they_are_enabled(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    rid, details = room_of(owner), {"method": "createDiscussion"}
    before = snapshot(workspace)
    with setting(workspace, "Discussion_enabled", False):
        fails(_discuss(owner, rid), *NOT_ALLOWED, details)
    with granted(workspace, "start-discussion", []):
        with granted(workspace, "start-discussion-other-user", []):
            fails(_discuss(owner, rid), *NOT_ALLOWED, details)
            error = invoke(workspace, owner, "createDiscussion", [{"prid": rid, "t_name": "x"}])
            assert error["error"]["error"] == "error-action-not-allowed"
        assert not [name for name, _ in changes(workspace, before) if name == "rocketchat_room"]
        with granted(workspace, "start-discussion-other-user", ["owner"]):
            _made(owner, rid)
            other = workspace.person()
            fails(_discuss(other, rid), *NOT_ALLOWED, details)


def test_who_may_not_write_in_a_room_starts_no_discussion_there(workspace: Workspace) -> None:
    owner, muted = workspace.person(), workspace.person()
    rid = workspace.channel(owner, muted)["_id"]
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"muted": [muted.username]}})
    fails(_discuss(muted, rid), "You_have_been_muted")
    rooms.update_one({"_id": rid}, {"$set": {"archived": True}})
    fails(_discuss(owner, rid), "room_is_archived")


def test_a_discussion_is_private_where_not_everyone_may_enter(workspace: Workspace) -> None:
    owner, member, other = (workspace.person() for _ in range(3))
    private, public = team_of(owner, private=True), team_of(owner)
    in_private, in_public = room_in(owner, private), room_in(owner, public)
    group, pair = room_of(owner, private=True), direct(workspace, owner, other)["_id"]
    made = {rid: _made(owner, rid) for rid in (in_private, in_public, group, pair)}
    assert [room["t"] for room in made.values()] == ["p", "c", "p", "p"]
    enter(owner, private, member)
    inside = {"roomId": made[in_private]["_id"]}
    # Who may enter a room may enter its discussions.
    assert member.get("v1/rooms.info", **inside).status_code == 200
    assert other.get("v1/rooms.info", **inside).status_code == 400


def test_a_rooms_discussions_are_listed_by_name_and_page(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = room_of(owner, private=True)
    for name in ("b", "a", "c"):
        _made(owner, rid, t_name=name)
    path = "v1/rooms.getDiscussions"

    def names(**more: Any) -> list[str]:
        rows = owner.ok("GET", path, {"roomId": rid, **more})["discussions"]
        return [row["fname"] for row in rows]

    assert names() == ["a", "b", "c"]
    assert names(count=1, offset=1) == ["b"]
    assert names(sort='{"fname":-1}') == ["c", "b", "a"]
    text = 'The parameter "roomId" or "roomName" is required'
    fails(owner.get(path), text, "error-roomid-param-not-provided")
    body = {"success": False, "error": "not-allowed", "errorType": "Not Allowed"}
    refused(other.get(path, roomId=rid), 400, body)


async def test_what_is_said_in_a_discussion_is_counted_where_it_is_told_of(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    parent = workspace.channel(owner)
    room = _made(owner, parent["_id"])
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub("stream-room-messages", parent["_id"], False)
        sent = said(owner, room, "one")
        (told,) = await client.event("stream-room-messages", parent["_id"])
    assert (told["drid"], told["dcount"]) == (room["_id"], 1)
    said(owner, room, "two")
    workspace.settle()
    stored = workspace.database["rocketchat_message"].find_one({"drid": room["_id"]}) or {}
    assert stored["dcount"] == 2
    assert stored["dlm"] >= told["dlm"]
    assert "pending" not in stored["_contrail"]
    assert sent["rid"] == room["_id"]


@pytest.mark.parametrize("given", [{}, {"pmid": None}])
def test_over_ddp_a_discussion_needs_a_room_or_a_message(workspace: Workspace, given: Json) -> None:
    person = workspace.person()
    error = invoke(workspace, person, "createDiscussion", [{"t_name": fresh("d"), **given}])[
        "error"
    ]
    assert (error["error"], error["reason"]) == (
        *("error-invalid-arguments", "Missing parent room ID"),
    )
    parent = workspace.channel(person)
    message = said(person, parent, "x")
    made = {"pmid": message["_id"], "t_name": "About", "users": []}
    room = invoke(workspace, person, "createDiscussion", [made])["result"]
    assert (room["rid"], room["prid"]) == (room["_id"], parent["_id"])
