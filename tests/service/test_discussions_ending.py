"""What becomes of discussions when their room, their message or they themselves go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import said
from tests.support.rooms import group, members_of, room_of
from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace


def _die(*_: Any, **__: Any) -> None:
    raise RuntimeError("died")


def _made(person: Person, prid: str, **more: Any) -> Json:
    given = {"prid": prid, "t_name": fresh("About "), **more}
    room: Json = person.ok("POST", "v1/rooms.createDiscussion", given)["discussion"]
    return room


def _telling(workspace: Workspace, prid: str) -> list[Json]:
    rows = workspace.database["rocketchat_message"].find({"rid": prid, "t": "discussion-created"})
    return list(rows)


def test_discussions_end_with_their_room(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    parent = group(owner)
    rooms = [_made(owner, parent["_id"], users=[other.username]) for _ in range(2)]
    said(other, rooms[0], "hi")
    owner.ok("POST", "v1/rooms.delete", {"roomId": parent["_id"]})
    messages = workspace.database["rocketchat_message"]
    for room in rooms:
        assert room_of(workspace, room["_id"]) is None
        assert members_of(workspace, room["_id"]) == set()
        assert messages.count_documents({"rid": room["_id"]}) == 0
    shown = {row["rid"] for row in other.ok("GET", "v1/subscriptions.get")["update"]}
    assert not shown & {room["_id"] for room in rooms}


async def test_what_told_of_a_deleted_discussion_tells_of_none(workspace: Workspace) -> None:
    owner = workspace.person()
    parent = group(owner)
    room = _made(owner, parent["_id"])
    said(owner, room, "hi")
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub("stream-room-messages", parent["_id"], False)
        owner.ok("POST", "v1/rooms.delete", {"roomId": room["_id"]})
        (told,) = await client.event("stream-room-messages", parent["_id"])
    (stored,) = _telling(workspace, parent["_id"])
    assert told["_id"] == stored["_id"]
    for one in (told, stored):
        assert not {"drid", "dcount", "dlm"} & set(one)
    workspace.settle()
    (stored,) = _telling(workspace, parent["_id"])
    assert "pending" not in stored["_contrail"]


@pytest.mark.parametrize("kept", [False, True])
def test_a_discussion_ends_with_the_message_that_tells_of_it(
    workspace: Workspace, kept: bool
) -> None:
    owner = workspace.person()
    parent = group(owner)
    room = _made(owner, parent["_id"])
    (told,) = _telling(workspace, parent["_id"])
    given = {"roomId": parent["_id"], "msgId": told["_id"]}
    with setting(workspace, "Message_ShowDeletedStatus", kept):
        owner.ok("POST", "v1/chat.delete", given)
    assert room_of(workspace, room["_id"]) is None


def test_what_is_deleted_in_a_discussion_is_taken_off_its_count(workspace: Workspace) -> None:
    owner = workspace.person()
    parent = group(owner)
    room = _made(owner, parent["_id"])
    said(owner, room, "one")
    message = said(owner, room, "two")
    assert _telling(workspace, parent["_id"])[0]["dcount"] == 2
    owner.ok("POST", "v1/chat.delete", {"roomId": room["_id"], "msgId": message["_id"]})
    assert _telling(workspace, parent["_id"])[0]["dcount"] == 1


def test_a_discussions_topic_follows_the_name_of_its_room_until_it_has_its_own(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    parent = group(owner)
    follows, own = _made(owner, parent["_id"]), _made(owner, parent["_id"], topic="Something else")
    name = fresh("renamed")
    owner.ok("POST", "v1/groups.rename", {"roomId": parent["_id"], "name": name})
    topics = [(room_of(workspace, one["_id"]) or {})["topic"] for one in (follows, own)]
    assert topics == [name, "Something else"]


def test_asking_again_tells_of_a_discussion_whose_maker_died(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, other = workspace.person(), workspace.person()
    parent = workspace.channel(owner, other)
    message = said(owner, parent, "hear hear")
    store = workspace.runtime.instances["rooms"].store
    given = {"prid": parent["_id"], "pmid": message["_id"], "t_name": "About"}
    with monkeypatch.context() as patch:
        patch.setattr(store.messages, "insert", _die)
        assert owner.post("v1/rooms.createDiscussion", given).status_code >= 400
    assert _telling(workspace, parent["_id"]) == []
    room, *_ = [_made(one, parent["_id"], pmid=message["_id"]) for one in (other, owner, other)]
    (told,) = _telling(workspace, parent["_id"])
    assert (told["drid"], told["u"]["_id"]) == (room["_id"], other.id)
    assert told["attachments"][0]["text"] == "hear hear"
    assert told["ts"] - message_time(workspace, message["_id"]) < timedelta(minutes=1)


def message_time(workspace: Workspace, mid: str) -> Any:
    return (workspace.database["rocketchat_message"].find_one({"_id": mid}) or {})["ts"]
