"""Clients that follow an hour of chat: what each subscribes to, hears and makes up for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from rocketchat_async import RocketChat

from tests.clients.hour import Act, Heard, brief
from tests.support.browser import PAGE, Browser
from tests.support.node import Client, Told
from tests.support.workspace import Person, Workspace

DDP = ("sdk", "ddp-client", "simpleddp")
SCRIPTS = (*DDP, "sdk-0.2", "hubot")
CLIENTS = (*SCRIPTS, "rocketchat-async", "EmbeddedChat")


UNNAMED = {"uj": "EnterMessage", "ul": "LeaveMessage"}
ASKED = 40
"""Answers within which a Hubot has heard everything."""
PAUSE = 0.05
"""Seconds between looks at what has come."""


def briefs(events: list[Told]) -> list[Heard]:
    told = (brief(event["stream"], event["name"], event["args"]) for event in events)
    return [one for one in told if one is not None]


def fresh(actions: list[list[Any]]) -> list[list[Any]]:
    """What a Hubot is told of: new messages, some without their id, and new texts."""
    seen: set[tuple[str, bool]] = set()
    new: list[list[Any]] = []
    for said in actions:
        for mid, kind, *_, edited, _pinned, _reactions in said:
            if (mid, edited) not in seen and (mid, True) not in seen:
                new.append([UNNAMED.get(kind, mid)])
            seen.add((mid, edited))
    return new


def flat(expected: list[list[Any]]) -> list[Any]:
    return [one for said in expected for one in said]


class Script:
    """A Node client: `tests/clients/node/`. It connects again by itself."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._read = 0

    async def begin(self) -> None:
        await self.client.does("login", "secret")

    async def came_back(self) -> None:
        await self.client.next("lost")
        await self.client.next("back")

    async def missed(self, since: int) -> list[str]:
        """Ids of the room's messages since then, as someone asks for who was away."""
        return [row["_id"] for row in await self.client.does("missed", since)]

    async def heard(self, act: Act) -> list[Heard]:
        """What is new since it was last asked. An answer on the same connection ends it."""
        await self.client.does("missed", act.began)
        news = self.client.log[self._read :]
        self._read = len(self.client.log)
        events = [told for told in news if told["step"] == "event"]
        return briefs(events)

    async def news(self) -> list[Heard]:
        """What comes next."""
        return briefs([await self.client.next("event")])

    async def end(self) -> None:
        await self.client.end()


class Hubot(Script):
    """It looks each message's room up before it hands it on: it is asked until all are there."""

    async def heard(self, act: Act) -> list[Heard]:
        said = (rows for name, rows in act.expected.items() if name.startswith("messages/"))
        wanted, found = sum(len(fresh(rows)) for rows in said), list[Heard]()
        for _ in range(ASKED):
            found += await super().heard(act)
            if len(found) >= wanted:
                break
        return found


class Embedded:
    """EmbeddedChat in a browser. It connects again by itself; a reload shows what it missed."""

    def __init__(self, browser: Browser) -> None:
        self.client = browser
        self._was_away = False

    async def begin(self) -> None:
        await self.client.logs_in("secret")

    async def came_back(self) -> None:
        await self.client.next("lost")
        await self.client.does("hurry")
        await self.client.next("watching")
        self._was_away = True

    async def missed(self, since: int) -> list[str]:
        """Of messages outside threads."""
        await self.client.does("reload")
        await self.client.next("watching")
        return [row["id"] for row in await self.client.does("until", None)]

    async def heard(self, act: Act) -> list[Heard]:
        if not self._was_away:
            await self.client.does("reads", act.sent[-1]["msg"])
        self._was_away = False
        return await self.news()

    async def news(self) -> list[Heard]:
        await asyncio.sleep(PAUSE)
        return briefs(await self.client.does("events"))

    async def end(self) -> None:
        await self.client.end()


class Async:
    """rocketchat-async. Who uses it starts it again, and asks for history over REST."""

    def __init__(self, workspace: Workspace, person: Person, *rids: str) -> None:
        self._workspace = workspace
        self._person = person
        self._rids = rids
        self._events: list[Heard | None] = []

    async def begin(self) -> None:
        self.client: Any = RocketChat()
        await self.client.start(self._workspace.ws_url, self._person.username, "secret")

        def messages(message: Told) -> None:
            self._events.append(brief("stream-room-messages", message["rid"], [message]))

        def changes(args: list[Any]) -> None:
            self._events.append(brief("stream-notify-user", "rooms-changed", args))

        for rid in self._rids:
            await self.client.subscribe_to_channel_messages_raw(rid, messages)
        await self.client.subscribe_to_channel_changes_raw(changes)
        await self.client.get_channels()  # answered after the subscriptions were

    async def came_back(self) -> None:
        with suppress(RocketChat.ConnectionClosed):
            async with asyncio.timeout(60):
                await self.client.run_forever()
        await self.begin()

    async def missed(self, since: int) -> list[str]:
        wanted = {"roomId": self._rids[0], "count": 100, "showThreadMessages": "true"}
        history = self._person.ok("GET", "v1/channels.history", wanted)
        return [row["_id"] for row in history["messages"]]

    async def heard(self, act: Act) -> list[Heard]:
        await self.client.get_channels()
        return await self.news()

    async def news(self) -> list[Heard]:
        await asyncio.sleep(PAUSE)
        news, self._events = self._events, []
        return [one for one in news if one is not None]

    async def end(self) -> None:
        await self.client._dispatcher._websocket.close()
        with suppress(RocketChat.ConnectionClosed):
            await self.client.run_forever()
        await self.client._ws_connection_task


Follower = Script | Embedded | Async


async def follower(name: str, workspace: Workspace, person: Person, given: Told) -> Follower:
    """One of `CLIENTS`, not logged in."""
    if name == "rocketchat-async":
        return Async(workspace, person, *given.get("rids", [given["rid"]]))
    if name == "EmbeddedChat":
        return Embedded(await Browser.started("chat", {**given, "page": str(PAGE)}))
    return (Hubot if name == "hubot" else Script)(await Client.started(name, given))


async def followers(workspace: Workspace, person: Person, given: Told) -> dict[str, Follower]:
    """All clients of one person."""
    return {name: await follower(name, workspace, person, given) for name in CLIENTS}


async def cut_off(workspace: Workspace) -> None:
    """No goodbye, as when a network fails."""
    assert workspace.runtime._runner is not None
    server = workspace.runtime._runner.server
    assert server is not None
    for connection in server.connections:
        assert connection.transport is not None
        connection.transport.abort()
