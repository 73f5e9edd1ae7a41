"""Deleting a room's history between two moments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.counting import Commands
from tests.support.ddp import Ddp
from tests.support.people import direct, fails
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.talking import room_of, sent, stored
from tests.support.workspace import Json, Person, Workspace

EVER: Json = {"latest": "9999-12-31T23:59:59.000Z", "oldest": "0001-01-01T00:00:00.000Z"}


def clean(workspace: Workspace, rid: str, **more: Any) -> int:
    given = {"roomId": rid, **EVER, **more}
    body = workspace.admin.ok("POST", "v1/rooms.cleanHistory", given)
    assert body["_id"] == rid
    return int(body["count"])


@pytest.fixture
def person(workspace: Workspace) -> Person:
    return workspace.person()


async def test_a_cleaned_room_is_empty_and_listeners_hear_what_went(
    workspace: Workspace, person: Person
) -> None:
    rid = workspace.channel(person)["_id"]
    mids = [sent(person, rid)["_id"] for _ in range(3)]
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub("stream-notify-room", f"{rid}/deleteMessageBulk", False)
        before = room_of(workspace, rid)["_updatedAt"]
        assert clean(workspace, rid) == 3
        (told,) = await client.event("stream-notify-room", f"{rid}/deleteMessageBulk")
    assert (told["rid"], sorted(told["ids"])) == (rid, sorted(mids))
    room = room_of(workspace, rid)
    assert (room["msgs"], room.get("lastMessage")) == (0, None)
    assert room["_updatedAt"] > before
    assert clean(workspace, rid) == 0
    assert room_of(workspace, rid)["_updatedAt"] == room["_updatedAt"], "nothing was changed"


@pytest.mark.parametrize("limit", [{}, {"limit": 10}])
@pytest.mark.parametrize("shown", [True, False])
def test_hidden_and_deleted_messages_are_not_counted(
    workspace: Workspace, person: Person, limit: Json, shown: bool
) -> None:
    rid = workspace.channel(person)["_id"]
    message = sent(person, rid)
    with (
        setting(workspace, "Message_ShowDeletedStatus", shown),
        setting(workspace, "Message_KeepHistory", True),
    ):
        person.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": message["_id"]})
    assert clean(workspace, rid, **limit) == 0
    sent(person, rid)
    assert clean(workspace, rid, **limit) == 1


def test_what_is_asked_for_goes_and_nothing_else(workspace: Workspace, person: Person) -> None:
    other = workspace.person()
    rid = workspace.channel(person)["_id"]
    other.ok("POST", "v1/channels.join", {"roomId": rid})
    workspace.database["rocketchat_message"].delete_many({"rid": rid})
    pinned, theirs, first, plain = (sent(who, rid) for who in (person, other, person, person))
    reply = sent(person, rid, tmid=first["_id"])
    messages = workspace.database["rocketchat_message"]
    messages.update_one({"_id": pinned["_id"]}, {"$set": {"pinned": True}})
    drid = workspace.channel(person)["_id"]
    talk = sent(person, rid)
    messages.update_one({"_id": talk["_id"]}, {"$set": {"drid": drid}})
    with_file = sent(person, rid)
    messages.update_one({"_id": with_file["_id"]}, {"$set": {"file": {"_id": "f"}}})
    assert clean(workspace, rid, filesOnly=True) == 1
    after = stored(workspace, with_file["_id"]) or {}
    assert "file" not in after
    assert after["attachments"][0]["text"] == "_File removed by prune_"
    kept = {"excludePinned": True, "ignoreThreads": True, "ignoreDiscussion": True}
    assert clean(workspace, rid, users=[other.username], **kept) == 1
    assert clean(workspace, rid, limit=1, **kept) == 1
    left = {row["_id"] for row in messages.find({"rid": rid})}
    expected = {pinned["_id"], first["_id"], reply["_id"], talk["_id"], with_file["_id"]}
    assert left == expected, (plain, theirs)
    assert clean(workspace, rid, **kept) == 1
    assert clean(workspace, rid) == 4
    assert workspace.database["rocketchat_room"].find_one({"_id": drid}) is None


def test_history_of_private_and_direct_rooms_is_cleaned_by_who_may(
    workspace: Workspace, person: Person
) -> None:
    private = workspace.channel(person, workspace.admin)["_id"]
    workspace.database["rocketchat_room"].update_one({"_id": private}, {"$set": {"t": "p"}})
    pair = direct(workspace, workspace.admin, person)["_id"]
    for rid in (private, pair):
        sent(person, rid)
        refused = person.post("v1/rooms.cleanHistory", {"roomId": rid, **EVER})
        details = {"method": "cleanRoomHistory"}
        fails(refused, "Not allowed", "error-not-allowed", details)
        assert clean(workspace, rid) >= 1
    now = workspace.runtime.clock.now()
    given = {"roomId": private, "latest": now, "oldest": now.replace(year=2000)}
    sent(person, private)
    assert invoke(workspace, workspace.admin, "cleanRoomHistory", [given]) == {"result": 0}
    given["latest"] = now.replace(year=2100)
    assert invoke(workspace, workspace.admin, "cleanRoomHistory", [given]) == {"result": 1}


def test_cleaning_grows_with_batches_and_not_with_messages(new_workspace: Any) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    costs = []
    for number in (20, 80, 180):
        rid = workspace.channel(workspace.admin)["_id"]
        now = workspace.runtime.clock.now()
        author = {"_id": "u", "username": "u"}
        workspace.database["rocketchat_message"].insert_many(
            {"_id": f"{rid}-{n}", "rid": rid, "msg": "x", "u": author, "ts": now, "_updatedAt": now}
            for n in range(number)
        )
        workspace.settle()
        commands.reset()
        assert clean(workspace, rid) == number
        costs.append(len(commands.seen))
    # A window more or less is read, by when the messages came.
    assert abs(costs[0] - costs[1]) <= 2
    assert costs[2] < 3 * costs[0]
