"""rocketchat-async 4.3.0 from PyPI, unmodified, against a workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from rocketchat_async import RocketChat

from tests.support.ddp import Ddp
from tests.support.workspace import Person, Workspace

Start = Callable[[Person], Awaitable[Any]]


class Heard:
    """A callback that remembers its arguments."""

    def __init__(self) -> None:
        self._calls: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

    def __call__(self, *args: Any) -> None:
        self._calls.put_nowait(args)

    async def next(self) -> tuple[Any, ...]:
        async with asyncio.timeout(60):
            return await self._calls.get()

    @property
    def nothing_more(self) -> bool:
        return self._calls.empty()


async def hang_up(client: Any) -> None:
    """Close the socket under a client, which has no way of its own to say goodbye."""
    await client._dispatcher._websocket.close()
    with pytest.raises(RocketChat.ConnectionClosed):
        await client.run_forever()
    await client._ws_connection_task


@pytest.fixture
async def start(workspace: Workspace) -> AsyncIterator[Start]:
    made: list[Any] = []

    async def begin(person: Person) -> Any:
        made.append(RocketChat())
        await made[-1].start(workspace.ws_url, person.username, "secret")
        return made[-1]

    yield begin
    for client in made:
        await hang_up(client)


def send(person: Person, rid: str, text: str) -> dict[str, Any]:
    message = {"rid": rid, "msg": text}
    return dict(person.ok("POST", "v1/chat.sendMessage", {"message": message})["message"])


async def test_a_client_logs_in_and_sees_its_channels(
    workspace: Workspace, start: Start, ann: Person, ben: Person
) -> None:
    room = workspace.channel(ben, ann)
    client = await start(ann)
    assert (client.user_id, client.username) == (ann.id, ann.username)
    channels = await client.get_channels()
    assert (room["_id"], "c") in channels
    raw = await client.get_channels_raw()
    assert [(row["_id"], row["t"]) for row in raw] == channels
    assert room["name"] in {row.get("name") for row in raw}


async def test_a_token_from_rest_opens_a_session(workspace: Workspace, ann: Person) -> None:
    client = RocketChat()
    await client.resume(workspace.ws_url, ann.username, ann.token)
    assert client.user_id == ann.id
    assert isinstance(await client.get_channels(), list)
    await hang_up(client)


async def test_a_wrong_password_is_an_error_with_a_reason(
    workspace: Workspace, ann: Person
) -> None:
    client = RocketChat()
    with pytest.raises(RuntimeError, match=r"^Incorrect password$"):
        await client.start(workspace.ws_url, ann.username, "wrong")
    await hang_up(client)


async def test_a_member_hears_what_others_send_and_what_it_sends_itself(
    workspace: Workspace, start: Start, ann: Person, ben: Person
) -> None:
    rid = workspace.channel(ben, ann)["_id"]
    client, heard = await start(ann), Heard()
    await client.subscribe_to_channel_messages(rid, heard)
    await client.get_channels()  # answered after the subscription was
    theirs = send(ben, rid, "hello")
    assert await heard.next() == (rid, ben.id, theirs["_id"], None, "hello", None, False, False)
    await client.send_message("hello yourself", rid)
    channel, sender, mid, _, text, *_ = await heard.next()
    assert (channel, sender, text) == (rid, ann.id, "hello yourself")
    stored = ben.ok("GET", "v1/chat.getMessage", {"msgId": mid})["message"]
    assert (stored["msg"], stored["u"]["_id"]) == ("hello yourself", ann.id)
    await client.send_message("in the thread", rid, theirs["_id"])
    news = [await heard.next(), await heard.next()]
    # What the thread began with has changed too.
    assert {event[3:5] for event in news} == {(theirs["_id"], "in the thread"), (None, "hello")}


async def test_two_clients_talk_to_each_other(
    workspace: Workspace, start: Start, ann: Person, ben: Person
) -> None:
    rid = workspace.channel(ben, ann)["_id"]
    clients = {person.id: await start(person) for person in (ann, ben)}
    heard = {uid: Heard() for uid in clients}
    for uid, client in clients.items():
        await client.subscribe_to_channel_messages_raw(rid, heard[uid])
        await client.get_channels()
    await clients[ann.id].send_message("ping", rid)
    await heard[ben.id].next()
    await clients[ben.id].send_message("pong", rid)
    (last,) = await heard[ben.id].next()
    (first,), (second,) = await heard[ann.id].next(), await heard[ann.id].next()
    assert [(m["u"]["_id"], m["msg"]) for m in (first, second)] == [
        (ann.id, "ping"),
        (ben.id, "pong"),
    ]
    assert second == last
    assert first["ts"]["$date"] < second["ts"]["$date"]


async def test_a_client_is_told_of_new_channels_and_of_news_in_them(
    workspace: Workspace, start: Start, ann: Person, ben: Person
) -> None:
    client, heard, raw = await start(ann), Heard(), Heard()
    await client.subscribe_to_channel_changes(heard)
    await client.get_channels()
    room = workspace.channel(ben, ann)
    assert await heard.next() == (room["_id"], "c")
    await client.subscribe_to_channel_changes_raw(raw)
    await client.get_channels()
    sent = send(ben, room["_id"], "hello")

    async def updated() -> dict[str, Any]:
        while True:
            ((action, row),) = await raw.next()
            if action == "updated" and row.get("lastMessage"):
                return dict(row)

    row = await updated()
    assert (row["_id"], row["lastMessage"]["_id"]) == (room["_id"], sent["_id"])


async def test_typing_is_shown_to_the_others(
    workspace: Workspace, start: Start, ann: Person, ben: Person
) -> None:
    rid = workspace.channel(ben, ann)["_id"]
    client = await start(ann)
    async with Ddp(workspace.ws_url) as other:
        await other.connect()
        await other.resume(ben.token)
        event = f"{rid}/user-activity"
        assert (await other.sub("stream-notify-room", event, False))["msg"] == "ready"
        await client.send_typing_event(rid)
        args = await other.event("stream-notify-room", event)
        assert args == [ann.username, ["user-typing"], {}]


async def test_nothing_comes_after_unsubscribing(
    workspace: Workspace, start: Start, ann: Person, ben: Person
) -> None:
    rid = workspace.channel(ben, ann)["_id"]
    client, heard = await start(ann), Heard()
    subscription = await client.subscribe_to_channel_messages(rid, heard)
    await client.get_channels()
    send(ben, rid, "before")
    assert (await heard.next())[4] == "before"
    await client.unsubscribe(subscription)
    await client.get_channels()
    send(ben, rid, "after")
    await asyncio.to_thread(workspace.settle)
    await client.get_channels()  # frames come in order: one for "after" would be here by now
    assert heard.nothing_more


@pytest.mark.parametrize("how", ["start", "resume"])
async def test_a_client_that_lost_its_connection_begins_again(
    workspace: Workspace, ann: Person, ben: Person, how: str
) -> None:
    rid = workspace.channel(ben, ann)["_id"]
    client, heard = RocketChat(), Heard()
    await client.start(workspace.ws_url, ann.username, "secret")
    await client.subscribe_to_channel_messages(rid, heard)
    await client.get_channels()
    send(ben, rid, "one")
    assert (await heard.next())[4] == "one"

    await hang_up(client)
    send(ben, rid, "two")
    if how == "start":
        await client.start(workspace.ws_url, ann.username, "secret")
    else:
        await client.resume(workspace.ws_url, ann.username, ann.token)
    await client.subscribe_to_channel_messages(rid, heard)
    await client.get_channels()
    send(ben, rid, "three")
    assert (await heard.next())[4] == "three"
    assert heard.nothing_more
    history = ann.ok("GET", "v1/channels.history", {"roomId": rid})["messages"]
    assert [row["msg"] for row in history] == ["three", "two", "one"]
    await hang_up(client)
