"""The Node clients from npm, unmodified, against a workspace: scripts in `node/` run them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from tests.clients.following import cut_off
from tests.support.node import Client, Told
from tests.support.program import ROOT
from tests.support.workspace import Person, Workspace

CLIENTS = ("sdk", "sdk-0.2", "ddp-client", "simpleddp")
Start = Callable[[str], Awaitable[Client]]


@pytest.fixture
def room(workspace: Workspace, ann: Person, ben: Person) -> dict[str, Any]:
    return workspace.channel(ben, ann)


@pytest.fixture
async def start(workspace: Workspace, ann: Person, room: dict[str, Any]) -> AsyncIterator[Start]:
    """Starts a script for ann, whose client watches `room` once told to log in."""
    started: list[Client] = []
    given = {
        "url": workspace.url,
        "host": workspace.url.removeprefix("http://"),
        "username": ann.username,
        "rid": room["_id"],
        "room": room["name"],
    }

    async def begin(script: str) -> Client:
        started.append(await Client.started(script, given))
        return started[-1]

    yield begin
    for client in started:
        await client.end()


def send(person: Person, rid: str, text: str) -> Told:
    """What a client is to hear of a message sent over REST."""
    message = {"rid": rid, "msg": text}
    return as_heard(person.ok("POST", "v1/chat.sendMessage", {"message": message})["message"])


def as_heard(message: dict[str, Any]) -> Told:
    return {"id": message["_id"], "rid": message["rid"], "text": message["msg"]} | {
        "from": message["u"]["username"]
    }


def part(told: Told) -> Told:
    assert isinstance(told["ts"], int)
    return {key: told[key] for key in ("id", "rid", "text", "from")}


def stored(person: Person, message_id: str) -> dict[str, Any]:
    return dict(person.ok("GET", "v1/chat.getMessage", {"msgId": message_id})["message"])


async def both_are_heard(client: Client, ben: Person, rid: str, text: str) -> None:
    """What ben sends over REST, and what the client sends itself."""
    theirs = send(ben, rid, f"{text}, from ben")
    assert part(await client.next("heard")) == theirs
    own = await client.does("send", f"{text}, from the client")
    kept = stored(ben, own)
    assert part(await client.next("heard")) == as_heard(kept)
    assert kept["msg"] == f"{text}, from the client"


@pytest.mark.parametrize("script", CLIENTS)
async def test_a_client_hears_what_others_send_and_what_it_sends_itself(
    workspace: Workspace, start: Start, script: str, ann: Person, ben: Person, room: Told
) -> None:
    client = await start(script)
    assert await client.does("login", "secret") == ann.id
    await both_are_heard(client, ben, room["_id"], "hello")
    workspace.settle()
    assert await client.leave() == []


@pytest.mark.parametrize("script", CLIENTS)
async def test_a_client_comes_back_each_time_it_loses_its_socket(
    workspace: Workspace, start: Start, script: str, ann: Person, ben: Person, room: Told
) -> None:
    client = await start(script)
    await client.does("login", "secret")
    for lose in (send_away, cut_off):
        workspace.on_loop(lose(workspace))
        await client.next("lost")
        assert (await client.next("back"))["uid"] == ann.id
        await both_are_heard(client, ben, room["_id"], lose.__name__)
    workspace.settle()
    assert await client.leave() == []


async def send_away(workspace: Workspace) -> None:
    """Code 1001, as a gateway ends a connection that is too old."""
    workspace.runtime.sockets.close_all()


@pytest.mark.parametrize("script", CLIENTS)
async def test_a_wrong_password_is_an_error(start: Start, script: str) -> None:
    client = await start(script)
    error = await client.fails_to("login", "wrong")
    if script == "sdk":
        assert error["status"] == 401
        assert error["data"]["status"] == "error"
    else:
        assert (error["error"], error["reason"]) == (403, "Incorrect password")
    assert await client.leave() == []


async def test_the_sdk_gets_ready_for_every_stream_its_own_functions_name(
    start: Start, ann: Person
) -> None:
    client = await start("sdk")
    await client.does("login", "secret")
    ready = await client.does("ownStreams")
    assert len(ready) == 19
    own = ("message", "otr", "webrtc", "notification", "rooms-changed", "subscriptions-changed")
    for event in (*own, "uiInteraction"):
        assert ["stream-notify-user", f"{ann.id}/{event}"] in ready
    assert await client.leave() == []


async def test_the_sdk_calls_methods_and_hears_what_they_send(
    start: Start, ann: Person, room: Told
) -> None:
    client = await start("sdk")
    await client.does("login", "secret")
    assert await client.does("call", "getRoomIdByNameOrId", room["name"]) == room["_id"]
    sent = await client.does("call", "sendMessage", {"rid": room["_id"], "msg": "by method"})
    assert part(await client.next("heard")) == as_heard(stored(ann, sent["_id"]))
    error = await client.fails_to("call", "noSuchMethod")
    assert (error["error"], error["reason"]) == (404, "Method 'noSuchMethod' not found")
    assert await client.leave() == []


@pytest.mark.parametrize("script", ["ddp-client", "simpleddp"])
async def test_nothing_is_heard_after_unsubscribing(
    workspace: Workspace, start: Start, script: str, ben: Person, room: Told
) -> None:
    client = await start(script)
    await client.does("login", "secret")
    await both_are_heard(client, ben, room["_id"], "before")
    await client.does("unwatch")
    send(ben, room["_id"], "after")
    workspace.settle()
    await client.does("send", "after that")  # frames come in order: "after" would be here by now
    workspace.settle()
    assert await client.leave() == []


async def test_a_bot_is_told_of_its_rooms_and_marks_what_it_sends(
    workspace: Workspace, start: Start, ben: Person, room: Told
) -> None:
    bot = await start("sdk-0.2")
    await bot.does("login", "secret")
    await bot.does("respond")
    theirs = send(ben, room["_id"], "hello bot")
    assert (await bot.next("heard"))["meta"] == ["c", True, room["name"]]
    assert (await bot.next("responding"))["to"] == theirs["text"]
    own = await bot.does("send", "hello ben")
    assert (await bot.next("heard"))["id"] == own
    assert stored(ben, own)["bot"] == {"i": "js.SDK"}

    other = workspace.channel(ben)
    send(ben, other["_id"], "to nobody")
    assert (await bot.next("heard"))["meta"] == ["c", False, other["name"]]
    await bot.does("join", other["name"])
    assert (await bot.next("heard"))["text"]  # that it joined
    send(ben, other["_id"], "to the bot")
    assert (await bot.next("heard"))["meta"] == ["c", True, other["name"]]
    assert (await bot.next("responding"))["to"] == "to the bot"
    workspace.settle()
    assert await bot.leave() == []


async def test_a_hubot_answers_in_rooms_and_to_direct_messages_and_still_does_when_it_came_back(
    workspace: Workspace, start: Start, ann: Person, ben: Person, room: Told
) -> None:
    bot = await start("hubot")
    assert await bot.does("login", "secret") == ann.id
    direct = ben.ok("POST", "v1/im.create", {"username": ann.username})["room"]["_id"]

    async def answers(text: str) -> None:
        for rid, words in ((room["_id"], f"hubot say {text}"), (direct, f"say {text}")):
            said = send(ben, rid, words)
            assert (await bot.next("heard"))["id"] == said["id"]
            workspace.wait_for(partial(is_newest, ben, rid, (text, ann.username)))

    await answers("hello")
    workspace.on_loop(cut_off(workspace))
    await bot.next("lost")
    assert (await bot.next("back"))["uid"] == ann.id
    await answers("hello again")
    workspace.settle()
    assert await bot.leave() == []


def is_newest(person: Person, rid: str, said: tuple[str, str]) -> bool:
    """Whether this text, and by this author, was said last."""
    row = person.workspace.database["rocketchat_message"].find({"rid": rid}).sort("ts", -1)[0]
    return (row["msg"], row["u"]["username"]) == said


async def test_the_ddp_client_knows_its_account_and_shares_its_session_with_rest(
    start: Start, ann: Person, ben: Person, room: Told
) -> None:
    client = await start("ddp-client")
    await client.does("login", "secret")
    account = await client.does("account")
    assert (account["id"], account["username"]) == (ann.id, ann.username)
    assert account["tokenExpires"].endswith("Z")
    assert (await client.does("get", "/v1/me"))["_id"] == ann.id
    message = {"rid": room["_id"], "msg": "over REST"}
    sent = await client.does("post", "/v1/chat.sendMessage", {"message": message})
    assert (await client.next("heard"))["id"] == sent["message"]["_id"]
    error = await client.fails_to("subscribe", "notify-user", f"{ben.id}/message")
    assert error["error"] == "not-allowed"
    assert await client.does("logout") is None
    error = await client.fails_to("call", "sendMessage", message)
    assert error["error"] == "error-invalid-user"
    assert await client.leave() == []


async def test_simpleddp_is_given_its_own_user_and_gets_ready_for_publications(
    start: Start, ann: Person
) -> None:
    client = await start("simpleddp")
    await client.does("login", "secret")
    (user,) = await client.does("users")
    assert (user["id"], user["username"]) == (ann.id, ann.username)
    assert user["emails"] == [{"address": f"{ann.username}@example.com", "verified": False}]
    assert await client.does("publication", "meteor.loginServiceConfiguration") == "ready"
    assert await client.leave() == []


def test_the_locked_packages_are_named_by_version_and_hash_alone() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert packages["node_modules/asteroid"]["version"] == "0.6.1"
    assert [name for name, row in packages.items() if name and "integrity" not in row] == []
