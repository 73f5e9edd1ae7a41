"""What a connection listens to: how subscriptions begin, overlap, move to another user and end."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from functions.streamer.emission import SESSION
from tests.support.ddp import Ddp
from tests.support.frames import BROKEN, added, say, settled
from tests.support.workspace import Person, Workspace

MESSAGES, USER = "stream-room-messages", "stream-notify-user"


@pytest.fixture(scope="module")
def member(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture
def rid(workspace: Workspace, member: Person) -> str:
    """A channel of the member's."""
    return str(workspace.channel(member)["_id"])


def _ids(client: Ddp, rid: str) -> list[str]:
    return [args[0]["_id"] for args in client.events(MESSAGES, rid)]


async def test_unsub_is_answered_even_for_an_unknown_id(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.send({"msg": "unsub", "id": "never-seen"})
        frames = await settled(client)
    assert frames[2:] == [{"msg": "nosub", "id": "never-seen"}]


async def test_an_event_comes_once_per_connection_until_its_last_sub_ends(
    workspace: Workspace, member: Person, rid: str
) -> None:
    sent: list[str] = []
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as control:
        for one in (client, control):
            await one.connect()
            await one.resume(member.token)
            await one.sub(MESSAGES, rid, False)
        await client.sub(MESSAGES, rid, {"useCollection": False, "args": []})
        for ended in ("", "s2", "s3"):
            if ended:
                await client.send({"msg": "unsub", "id": ended})
                await settled(client)
            sent.append(say(member, rid)["_id"])
            await control.until(lambda _: _ids(control, rid) == sent)
            await settled(client)
    assert _ids(client, rid) == sent[:2]


async def test_a_repeated_sub_id_is_ready_again_and_changes_nothing(
    workspace: Workspace, member: Person, rid: str
) -> None:
    other = workspace.channel(member)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(member.token)
        for wanted in (rid, other):
            await client.send({"msg": "sub", "id": "x", "name": MESSAGES, "params": [wanted]})
        frames = await settled(client)
        assert frames[-2:] == [{"msg": "ready", "subs": ["x"]}] * 2
        say(member, other)
        say(member, rid)
        await client.event(MESSAGES, rid)
        await client.send({"msg": "unsub", "id": "x"})
        await client.until(lambda f: f.get("msg") == "nosub")
        say(member, rid)
        say(member, other)
        workspace.settle()
        await settled(client)
    assert len(client.events(MESSAGES, rid)) == 1
    assert client.events(MESSAGES, other) == []


async def test_only_the_first_presence_sub_stays(
    workspace: Workspace, member: Person, rid: str
) -> None:
    watched = {"added": [member.id]}
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(member.token)
        assert (await client.sub("stream-user-presence", "", watched))["msg"] == "ready"
        for more in (watched, {"removed": [member.id]}):
            later = await client.sub("stream-user-presence", "", more)
            assert later == {"msg": "nosub", "id": later["id"]}
        await client.send({"msg": "unsub", "id": "s2"})
        assert (await client.sub("stream-user-presence", "", watched))["msg"] == "ready"


async def test_a_room_joined_while_one_subscribes_is_not_missed(
    workspace: Workspace, member: Person, rid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person()
    subscriptions = workspace.runtime.instances["streamer"].store.subscriptions
    real = subscriptions.of_user

    def joined_just_after(uid: str) -> Any:
        rows = real(uid)
        if uid == person.id:
            person.ok("POST", "v1/channels.join", {"roomId": rid})
            assert workspace.runtime.bus.queues["facts"].wait_idle(10)
        return rows

    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        with monkeypatch.context() as patch:
            patch.setattr(subscriptions, "of_user", joined_just_after)
            answer = await client.sub(USER, f"{person.id}/rooms-changed", False)
        assert answer["msg"] == "ready"
        sent = say(member, rid)
        await client.until(
            lambda _: any(
                room["_id"] == rid and room.get("lastMessage", {}).get("_id") == sent["_id"]
                for _, room in client.events(USER, f"{person.id}/rooms-changed")
            )
        )


async def test_a_sub_that_failed_half_way_listens_nowhere(
    workspace: Workspace, member: Person, rid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriptions = workspace.runtime.instances["streamer"].store.subscriptions
    event = f"{member.id}/rooms-changed"

    def gone(uid: str) -> Any:
        raise AutoReconnect(uid)

    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(member.token)
        with monkeypatch.context() as patch:
            patch.setattr(subscriptions, "of_user", gone)
            answer = await client.sub(USER, event, False)
            assert answer == {"msg": "nosub", "id": "s2", "error": BROKEN}
        listeners = workspace.runtime.connections.listeners(f"user:{member.id}", 0)
        assert [row.events for row in listeners] == [frozenset({SESSION})]
        assert (await client.sub(USER, event, False))["msg"] == "ready"


async def test_a_connection_that_closes_listens_nowhere(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    connections = workspace.runtime.connections
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub(MESSAGES, rid, False)
        assert connections.occupied(f"room:{rid}") == [0]
    workspace.wait_for(lambda: not connections.occupied(f"room:{rid}"))
    workspace.wait_for(lambda: not connections.occupied(f"user:{person.id}"))


async def test_logging_in_as_someone_else_judges_the_open_subs_again(workspace: Workspace) -> None:
    first, second = workspace.person(), workspace.person()
    room = workspace.channel(first)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(first.token)
        await client.sub("stream-notify-user", f"{first.id}/rooms-changed", False)
        await client.sub("stream-notify-user", f"{first.id}/message", False)
        await client.sub("stream-room-messages", room["_id"], False)
        known = len(client.frames)
        await client.resume(second.token)
        removed, arrived, *nosubs, result, _ = client.frames[known:]
        first.ok("POST", "v1/chat.sendMessage", {"message": {"rid": room["_id"], "msg": "hi"}})
        await client.event("stream-room-messages", room["_id"])
        workspace.settle()
        assert not workspace.runtime.connections.occupied(f"user:{first.id}")
        # The first user's token lives on, and does not hold this connection any more.
        first.ok("POST", "v1/logout")
        await settled(client)
    assert removed == {"msg": "removed", "collection": "users", "id": first.id}
    assert arrived == added(second)
    refused = {f["id"]: f["error"]["error"] for f in nosubs}
    assert refused == {"s2": "not-allowed", "s3": "not-allowed"}
    assert result["result"]["id"] == second.id
    assert client.events("stream-notify-user", f"{first.id}/rooms-changed") == []


async def test_logging_in_again_as_oneself_adds_no_second_user_and_ends_no_sub(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    room = workspace.channel(person)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub("stream-notify-user", f"{person.id}/rooms-changed", False)
        known = len(client.frames)
        again = await client.login(person.username, "secret")
        assert client.frames[known] == again
        person.ok("POST", "v1/chat.sendMessage", {"message": {"rid": room["_id"], "msg": "hi"}})
        await client.event("stream-notify-user", f"{person.id}/rooms-changed")
        # The connection goes by its new token: the old one may die.
        person.ok("POST", "v1/logout")
        assert "error" not in await client.call("readMessages", room["_id"])
