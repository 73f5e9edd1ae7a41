"""Typing and activity: relayed to everyone else who listens, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contrail.ddp import ejson
from tests.support.ddp import Ddp
from tests.support.frames import method, private_room, settled
from tests.support.workspace import Person, Workspace

STREAM = "stream-notify-room"
Events = dict[str, list[list[Any]]]


@pytest.fixture(scope="module")
def people(workspace: Workspace) -> tuple[Person, Person]:
    return workspace.person(), workspace.person()


@pytest.fixture(scope="module")
def rid(workspace: Workspace, people: tuple[Person, Person]) -> str:
    return str(workspace.channel(*people)["_id"])


@asynccontextmanager
async def listening(person: Person, rid: str) -> AsyncIterator[Ddp]:
    """A connection of the person's that listens to both kinds of events in the room."""
    async with Ddp(person.workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        for event in ("typing", "user-activity"):
            assert (await client.sub(STREAM, f"{rid}/{event}", False))["msg"] == "ready"
        yield client


async def heard(client: Ddp, workspace: Workspace, rid: str) -> Events:
    """What of the room has come, once nothing is on its way any more."""
    workspace.settle()
    await settled(client)
    return {name: client.events(STREAM, f"{rid}/{name}") for name in ("typing", "user-activity")}


@pytest.mark.parametrize(
    ("event", "args", "typing", "activity"),
    [
        ("typing", [True], [True], [["user-typing"]]),
        ("typing", [False], [False], [[]]),
        ("typing", [True, {"tmid": "t"}], [True], [["user-typing"], {"tmid": "t"}]),
        ("user-activity", [["user-typing"]], [True], [["user-typing"]]),
        ("user-activity", [["user-typing"], {}], [True], [["user-typing"], {}]),
        (
            "user-activity",
            [["user-uploading"], {"tmid": "t"}],
            [False],
            [["user-uploading"], {"tmid": "t"}],
        ),
        ("user-activity", [[]], [False], [[]]),
    ],
)
async def test_each_kind_of_activity_reaches_others_as_both_and_not_the_sender(
    workspace: Workspace,
    people: tuple[Person, Person],
    rid: str,
    event: str,
    args: list[Any],
    typing: list[Any],
    activity: list[Any],
) -> None:
    writer, other = people
    async with listening(writer, rid) as writing, listening(other, rid) as reading:
        async with listening(writer, rid) as elsewhere:
            answer = await writing.call(STREAM, f"{rid}/{event}", writer.username, *args)
            assert set(answer) == {"msg", "id"}
            expected = {
                "typing": [[writer.username, *typing]],
                "user-activity": [[writer.username, *activity]],
            }
            for client in (reading, elsewhere):
                assert await heard(client, workspace, rid) == expected
        nothing: Events = {"typing": [], "user-activity": []}
        assert await heard(writing, workspace, rid) == nothing


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("typing", ["someone-else", True]),
        ("user-activity", ["someone-else", ["user-typing"]]),
        ("user-activity", []),
        ("user-activity", [["NAME"], ["user-typing"]]),
        ("deleteMessage", [{"_id": "x"}]),
        ("", ["NAME", True]),
    ],
)
async def test_what_may_not_be_written_is_dropped_without_a_word(
    workspace: Workspace, people: tuple[Person, Person], rid: str, event: str, args: list[Any]
) -> None:
    writer, other = people
    args = [writer.username if arg == "NAME" else arg for arg in args]
    async with listening(writer, rid) as writing, listening(other, rid) as reading:
        await reading.sub(STREAM, f"{rid}/{event}", False)
        answer = await writing.call(STREAM, f"{rid}/{event}", *args)
        assert set(answer) == {"msg", "id"}
        workspace.settle()
        await settled(reading)
    assert [f for f in reading.frames if f.get("msg") == "changed"] == []


async def test_nobody_writes_into_a_room_that_is_closed_to_them(
    workspace: Workspace, people: tuple[Person, Person]
) -> None:
    member, outsider = people
    rid = private_room(workspace, member)
    async with Ddp(workspace.ws_url) as client, listening(member, rid) as reading:
        await client.connect()
        for writer in (None, outsider):
            if writer is not None:
                await client.resume(writer.token)
            name = outsider.username
            for room in (rid, "no-such-room"):
                answer = await client.call(STREAM, f"{room}/user-activity", name, ["user-typing"])
                assert set(answer) == {"msg", "id"}
        assert await heard(reading, workspace, rid) == {"typing": [], "user-activity": []}


@pytest.mark.parametrize("stream", ["stream-room-messages", "stream-notify-all", "stream-nothing"])
async def test_other_streams_take_no_writes(
    workspace: Workspace, people: tuple[Person, Person], rid: str, stream: str
) -> None:
    writer, other = people
    async with listening(other, rid) as reading, listening(writer, rid) as writing:
        await reading.sub(stream, rid, False)
        answer = await writing.call(stream, rid, {"msg": "forged"})
        assert set(answer) == {"msg", "id"}
        workspace.settle()
        await settled(reading)
    assert [f for f in reading.frames if f.get("msg") == "changed"] == []


async def test_only_what_activity_is_made_of_is_relayed(
    workspace: Workspace, people: tuple[Person, Person], rid: str
) -> None:
    writer, other = people
    deep: Any = []
    for _ in range(90):
        deep = [deep]
    async with listening(writer, rid) as writing, listening(other, rid) as reading:
        await writing.call(
            *(STREAM, f"{rid}/user-activity", writer.username),
            *(["user-typing", deep, 1], {"tmid": deep, "x": deep}, deep),
        )
        expected = {
            "typing": [[writer.username, True]],
            "user-activity": [[writer.username, ["user-typing"], {}]],
        }
        assert await heard(reading, workspace, rid) == expected


async def test_activity_can_be_written_over_rest_too(
    workspace: Workspace, people: tuple[Person, Person], rid: str
) -> None:
    writer, other = people
    frame = method(STREAM, "1", f"{rid}/user-activity", writer.username, ["user-typing"])
    async with listening(other, rid) as reading:
        body = {"message": ejson.dumps(frame)}
        answer = writer.ok("POST", "v1/method.call/stream-notify-room", body)
        assert ejson.loads(answer["message"]) == {"msg": "result", "id": "1"}
        assert await heard(reading, workspace, rid) == {
            "typing": [[writer.username, True]],
            "user-activity": [[writer.username, ["user-typing"]]],
        }


async def test_where_real_names_are_shown_activity_goes_by_them(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(overwrites={"UI_Use_Real_Name": "true"})
    writer, other = workspace.person(name="Ada Lovelace"), workspace.person()
    rid = workspace.channel(writer, other)["_id"]
    async with listening(writer, rid) as writing, listening(other, rid) as reading:
        for name in (writer.username, "Ada Lovelace"):
            await writing.call(STREAM, f"{rid}/user-activity", name, ["user-typing"])
        events = await heard(reading, workspace, rid)
    assert events["user-activity"] == [["Ada Lovelace", ["user-typing"]]]


async def test_who_is_no_member_any_more_hears_nobody_type(workspace: Workspace) -> None:
    writer, former = workspace.person(), workspace.person()
    rid = private_room(workspace, writer, former)
    async with listening(former, rid) as gone, listening(writer, rid) as client:
        subscriptions = workspace.database["rocketchat_subscription"]
        subscriptions.delete_one({"rid": rid, "u._id": former.id})
        await client.call(STREAM, f"{rid}/typing", writer.username, True)
        assert await heard(gone, workspace, rid) == {"typing": [], "user-activity": []}
