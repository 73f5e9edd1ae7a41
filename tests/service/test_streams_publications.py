"""Publications that are no streams, and notifications on the desktop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support.ddp import Ddp, Frame
from tests.support.frames import say, settled
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

SERVICES = "meteor.loginServiceConfiguration"
COLLECTION = "meteor_accounts_loginServiceConfiguration"
USER = "stream-notify-user"


def _documents(client: Ddp) -> list[Frame]:
    return [frame for frame in client.frames if frame.get("collection") == COLLECTION]


async def test_the_login_services_that_are_on_come_before_ready_without_secrets(
    workspace: Workspace,
) -> None:
    secret = fresh("secret")
    with (
        setting(workspace, "Accounts_OAuth_Github_id", "the-client"),
        setting(workspace, "Accounts_OAuth_Github_secret", secret),
        setting(workspace, "Accounts_OAuth_Github", True),
    ):
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            for _ in range(2):
                assert (await client.sub(SERVICES))["msg"] == "ready"
            (added,) = _documents(client)
            assert client.frames.index(added) == 2
            for sub_id, gone in (("s1", 1), ("s2", 2)):
                await client.send({"msg": "unsub", "id": sub_id})
                await settled(client)
                assert len(_documents(client)) == gone
    assert (added["msg"], added["id"]) == ("added", "github")
    assert added["fields"]["service"] == "github"
    assert added["fields"]["clientId"] == "the-client"
    assert secret not in str(client.frames)
    assert _documents(client)[-1] == {"msg": "removed", "collection": COLLECTION, "id": "github"}


async def test_where_no_login_service_is_on_there_are_no_documents(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        assert (await client.sub(SERVICES))["msg"] == "ready"
    assert _documents(client) == []


class Room:
    """A room of two, whose `reader` listens for notifications."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.author, self.reader = workspace.person(), workspace.person()
        self.rid = str(workspace.channel(self.author, self.reader)["_id"])

    def choose(self, **values: str) -> None:
        given = {"roomId": self.rid, "notifications": values}
        self.reader.ok("POST", "v1/rooms.saveNotification", given)

    async def alerted(self, *texts: str, person: Person | None = None) -> list[Json]:
        """What of these messages the reader is alerted of."""
        reader = person or self.reader
        async with Ddp(self.workspace.ws_url) as client:
            await client.connect()
            await client.resume(reader.token)
            event = f"{reader.id}/notification"
            await client.sub(USER, event, False)
            for text in texts:
                await asyncio.to_thread(say, self.author, self.rid, text)
            await asyncio.to_thread(self.workspace.settle)
            await settled(client)
            return [args[0] for args in client.events(USER, event)]


@pytest.fixture
def room(workspace: Workspace) -> Room:
    return Room(workspace)


async def test_a_notification_says_who_wrote_what_and_where(room: Room) -> None:
    (told,) = await room.alerted("hello there")
    name = room.author.username
    stored = room.workspace.database["rocketchat_room"].find_one({"_id": room.rid}) or {}
    payload = told["payload"]
    assert told["title"] == f"#{stored['fname']}"
    assert told["text"] == f"{name.title()}: hello there"
    assert (payload["rid"], payload["type"], payload["name"]) == (room.rid, "c", stored["name"])
    assert payload["sender"]["username"] == name
    assert payload["message"] == {"msg": "hello there"}
    assert set(told) == {"title", "text", "payload"}


async def test_nobody_is_alerted_of_their_own_messages_or_of_what_the_system_says(
    room: Room,
) -> None:
    assert await room.alerted("mine", person=room.author) == []
    async with Ddp(room.workspace.ws_url) as client:
        await client.connect()
        await client.resume(room.reader.token)
        await client.sub(USER, f"{room.reader.id}/notification", False)
        topic = {"roomId": room.rid, "topic": "New"}
        await asyncio.to_thread(room.author.ok, "POST", "v1/channels.setTopic", topic)
        await asyncio.to_thread(room.workspace.settle)
        await settled(client)
        assert client.events(USER, f"{room.reader.id}/notification") == []


async def test_one_is_alerted_of_what_one_has_chosen(room: Room) -> None:
    mention = f"hey @{room.reader.username}"
    room.choose(desktopNotifications="mentions")
    assert [told["payload"]["message"]["msg"] for told in await room.alerted("hi", mention)] == [
        mention
    ]
    room.choose(desktopNotifications="nothing")
    assert await room.alerted("hi", mention) == []
    room.choose(desktopNotifications="all")
    assert len(await room.alerted("hi", mention)) == 2
    room.choose(disableNotifications="1")
    assert await room.alerted("hi", mention) == []


async def test_all_wakes_everyone_but_who_has_muted_it(room: Room) -> None:
    room.choose(desktopNotifications="mentions")
    assert len(await room.alerted("@all look")) == 1
    room.choose(muteGroupMentions="1")
    assert await room.alerted("@all look") == []


async def test_words_that_one_watches_for_alert(room: Room) -> None:
    room.choose(desktopNotifications="mentions")
    given = {"userId": room.reader.id, "data": {"highlights": ["Lunch"]}}
    room.reader.ok("POST", "v1/users.setPreferences", given)
    assert len(await room.alerted("who is for lunch?", "who is for tea?")) == 1


async def test_who_is_ignored_alerts_nobody(room: Room) -> None:
    params = [{"rid": room.rid, "userId": room.author.id}]
    assert invoke(room.workspace, room.reader, "ignoreUser", params)["result"]
    assert await room.alerted("hello") == []


async def test_in_a_crowd_only_mentions_alert(
    new_workspace: Callable[..., Workspace],
) -> None:
    room = Room(new_workspace(overwrites={"Notifications_Max_Room_Members": "1"}))
    mention = f"@{room.reader.username}"
    told = await room.alerted("hi", mention)
    assert [one["payload"]["message"]["msg"] for one in told] == [mention]
