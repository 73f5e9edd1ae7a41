"""Deleting messages: who may, what stays, who hears of it, and what dying halfway leaves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.domain import deleting_messages
from contrail.shapes.caller import Caller
from functions.workspace.sweeping import Sweep, sweep
from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.talking import date_back, room_of, sent, stored
from tests.support.workspace import Json, Person, Workspace

NOT_ALLOWED = ("Not allowed", "error-action-not-allowed")
DETAILS = {"method": "deleteMessage", "action": "Delete_message"}


def delete(person: Person, message: Json, **more: Any) -> Any:
    given = {"roomId": message["rid"], "msgId": message["_id"], **more}
    return person.post("v1/chat.delete", given)


def trash(workspace: Workspace, mid: str) -> Json | None:
    row: Json | None = workspace.database["rocketchat__trash"].find_one({"_id": mid})
    return row


@pytest.fixture
def author(workspace: Workspace) -> Person:
    return workspace.person()


async def test_a_deleted_message_is_gone_and_listeners_hear_of_it(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    first, last = sent(author, rid, "first"), sent(author, rid, "last")
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(author.token)
        await client.sub("stream-notify-room", f"{rid}/deleteMessage", False)
        await client.sub("stream-notify-user", f"{author.id}/rooms-changed", False)
        body = delete(author, last).json()
        assert await client.event("stream-notify-room", f"{rid}/deleteMessage") == [
            {"_id": last["_id"]}
        ]
        action, room = await client.event("stream-notify-user", f"{author.id}/rooms-changed")
        assert (action, room["lastMessage"]["_id"], room["msgs"]) == ("updated", first["_id"], 1)
    assert body["message"] == {key: last[key] for key in ("_id", "rid", "u")}
    assert stored(workspace, last["_id"]) is None
    workspace.settle()
    kept = trash(workspace, last["_id"]) or {}
    assert (kept["msg"], kept["rid"], kept["__collection__"]) == ("last", rid, "message")
    assert "_contrail" not in kept, "handed on"
    since = "2020-01-01T00:00:00.000Z"
    listed = author.ok("GET", "v1/chat.getDeletedMessages", {"roomId": rid, "since": since})
    assert (listed["messages"], listed["total"]) == ([{"_id": last["_id"]}], 1)


def test_a_room_whose_only_message_is_deleted_has_no_last_one(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    assert delete(author, sent(author, rid)).status_code == 200
    room = room_of(workspace, rid)
    assert "lastMessage" not in room
    assert room["msgs"] == 0


def test_who_may_delete(workspace: Workspace, author: Person) -> None:
    member, stranger = workspace.person(), workspace.person()
    rid = workspace.channel(author, member)["_id"]
    owners, members = sent(author, rid), [sent(member, rid) for _ in range(3)]
    fails(delete(member, owners), *NOT_ALLOWED, DETAILS)
    fails(delete(stranger, owners), *NOT_ALLOWED, DETAILS)
    error = invoke(workspace, member, "deleteMessage", [{"_id": owners["_id"]}])["error"]
    assert (error["error"], error["details"]) == ("error-action-not-allowed", DETAILS)
    with setting(workspace, "Message_AllowDeleting", False):
        fails(delete(member, members[0]), *NOT_ALLOWED, DETAILS)
        assert delete(author, members[1]).status_code == 200, "owners may force it"
    date_back(workspace, members[0]["_id"], minutes=5)
    with setting(workspace, "Message_AllowDeleting_BlockDeleteInMinutes", 2):
        fails(delete(member, members[0]), *NOT_ALLOWED, DETAILS)
        assert delete(member, members[2]).status_code == 200, "still young"
    assert delete(member, members[0]).status_code == 200
    assert invoke(workspace, author, "deleteMessage", [{"_id": owners["_id"]}]) == {}
    assert room_of(workspace, rid)["msgs"] == 0


def test_deleting_as_its_author_needs_a_permission(workspace: Workspace, author: Person) -> None:
    member = workspace.person()
    message = sent(author, workspace.channel(author, member)["_id"])
    text = 'Unauthorized. You must have the permission "force-delete-message" '
    fails(delete(member, message, asUser=True), text + "to delete other's message as them.")
    assert delete(workspace.admin, message, asUser=True).status_code == 200


def test_what_names_no_message_is_refused(workspace: Workspace, author: Person) -> None:
    one, other = (workspace.channel(author)["_id"] for _ in range(2))
    message = sent(author, one)
    text = "The room id provided does not match where the message is from."
    fails(delete(author, {**message, "rid": other}), text)
    fails(delete(author, {"_id": "none", "rid": one}), 'No message found with the id of "none".')


def test_in_a_read_only_room_who_may_not_write_may_not_delete(
    workspace: Workspace, author: Person
) -> None:
    member = workspace.person()
    rid = workspace.channel(author, member)["_id"]
    message = sent(member, rid)
    workspace.database["rocketchat_room"].update_one({"_id": rid}, {"$set": {"ro": True}})
    fails(delete(member, message), "You can't delete messages because the room is readonly.")


@pytest.mark.parametrize("keep", [False, True])
async def test_shown_as_deleted_a_message_stays_without_what_it_said(
    workspace: Workspace, author: Person, keep: bool
) -> None:
    rid = workspace.channel(author)["_id"]
    first, message = sent(author, rid, "first"), sent(author, rid, "https://secret.example")
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(author.token)
        await client.sub("stream-room-messages", rid, False)
        with (
            setting(workspace, "Message_ShowDeletedStatus", True),
            setting(workspace, "Message_KeepHistory", keep),
        ):
            assert delete(author, message).status_code == 200
        (event,) = await client.event("stream-room-messages", rid)
    row = stored(workspace, message["_id"]) or {}
    assert (row["t"], row["msg"], row["urls"], row["attachments"]) == ("rm", "", [], [])
    assert (event["t"], event["editedBy"]["_id"]) == ("rm", author.id)
    room = room_of(workspace, rid)
    assert (room["lastMessage"]["_id"], room["msgs"]) == (first["_id"], 1)
    copies = workspace.database["rocketchat_message"].find({"parent": message["_id"]})
    assert [copy["msg"] for copy in copies] == ["https://secret.example"] * keep


async def test_with_history_kept_and_not_shown_it_is_hidden(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    message = sent(author, rid, "kept")
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(author.token)
        await client.sub("stream-notify-room", f"{rid}/deleteMessage", False)
        with setting(workspace, "Message_KeepHistory", True):
            assert delete(author, message).status_code == 200
        gone = await client.event("stream-notify-room", f"{rid}/deleteMessage")
        assert gone == [{"_id": message["_id"]}]
    row = stored(workspace, message["_id"]) or {}
    assert (row["msg"], row["_hidden"]) == ("kept", True)
    assert "lastMessage" not in room_of(workspace, rid)
    assert author.get("v1/chat.getMessage", msgId=message["_id"]).status_code == 403
    assert delete(author, message).status_code == 400, "there is no such message"


def test_many_deletions_at_once_leave_the_room_as_if_one_by_one(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    stays = sent(author, rid, "stays")
    messages = [sent(author, rid, str(number)) for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        codes = set(pool.map(lambda message: delete(author, message).status_code, messages))
    assert codes == {200}
    room = room_of(workspace, rid)
    assert (room["msgs"], room["lastMessage"]["_id"]) == (1, stays["_id"])


class Killed(BaseException):
    """Stands for the process dying."""


@pytest.mark.parametrize("step", ["remove", "forget", "publish"])
def test_what_a_dying_process_left_of_a_deletion_the_sweep_finishes(
    new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    workspace = new_workspace()
    author = workspace.person()
    rid = workspace.channel(author)["_id"]
    first, message = sent(author, rid, "first"), sent(author, rid, "gone")
    workspace.settle()
    at = workspace.runtime.instances["messaging"]
    row = at.store.messages.by_id(message["_id"]) or {}

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        dying = {
            "remove": (at.store.message_changes, "remove"),
            "forget": (at.store.room_messages, "forget"),
            "publish": (at.bus, "publish"),
        }
        patch.setattr(*dying[step], die)
        with pytest.raises(Killed):
            deleting_messages.remove(at, Caller(uid=author.id), [row])
    told: list[Any] = []
    publish = at.bus.publish

    def recorded(*facts: Any) -> None:
        told.extend(facts)
        publish(*facts)

    monkeypatch.setattr(at.bus, "publish", recorded)
    for _ in range(2):
        sweep(Caller(), Sweep(age=-1), at)
        workspace.settle()
    assert [(fact.kind, fact.ids) for fact in told] == [("MessagesDeleted", (message["_id"],))]
    assert stored(workspace, message["_id"]) is None
    room = room_of(workspace, rid)
    assert (room["msgs"], room["lastMessage"]["_id"]) == (1, first["_id"])
