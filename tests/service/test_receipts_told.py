"""`messagesRead`: where read receipts are on, a room hears how far everybody has read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

ROOM = "stream-notify-room"
RECEIPTS = "Message_Read_Receipt_Enabled"


@pytest.fixture(scope="module")
def licensed(mongo_uri: str) -> Iterator[Workspace]:
    workspace = Workspace(mongo_uri, edition="enterprise", overwrites={RECEIPTS: "true"})
    yield workspace
    workspace.stop()


@pytest.fixture
def people(licensed: Workspace) -> list[Person]:
    return [licensed.person() for _ in range(3)]


@pytest.fixture
def rid(licensed: Workspace, people: list[Person]) -> str:
    return str(licensed.channel(*people)["_id"])


@pytest.fixture
async def client(licensed: Workspace, people: list[Person], rid: str) -> AsyncIterator[Ddp]:
    """The first of the people, who listens."""
    async with Ddp(licensed.ws_url) as client:
        await client.connect()
        await client.resume(people[0].token)
        assert (await client.sub(ROOM, f"{rid}/messagesRead", False))["msg"] == "ready"
        yield client


def say(person: Person, rid: str, **more: Any) -> Json:
    message = {"rid": rid, "msg": "hello", **more}
    return dict(person.ok("POST", "v1/chat.sendMessage", {"message": message})["message"])


def read(*people: Person, rid: str) -> None:
    for person in people:
        person.ok("POST", "v1/subscriptions.read", {"rid": rid})


def seen(person: Person, rid: str) -> datetime:
    row = person.workspace.database["rocketchat_subscription"].find_one(
        {"rid": rid, "u._id": person.id}
    )
    assert row is not None
    found: datetime = row["ls"]
    return found


def read_thread(person: Person, tmid: str) -> None:
    assert invoke(person.workspace, person, "readThreads", [tmid]) == {}


async def told(client: Ddp, licensed: Workspace, rid: str) -> list[Json]:
    """What came, once all that was set in motion is done."""
    licensed.settle()
    await client.call("rooms/get")
    events = client.events(ROOM, f"{rid}/messagesRead")
    return [args[0] for args in events]


async def test_a_room_is_told_once_the_last_member_has_read(
    licensed: Workspace, people: list[Person], rid: str, client: Ddp
) -> None:
    say(people[0], rid)
    read(*people[:2], rid=rid)
    assert await told(client, licensed, rid) == []
    read(people[2], rid=rid)
    (one,) = await told(client, licensed, rid)
    assert set(one) == {"until"}
    assert one["until"] == min(seen(person, rid) for person in people)
    read(people[2], rid=rid)
    assert len(await told(client, licensed, rid)) == 1, "nobody has read more"


async def test_what_one_reads_behind_the_others_is_told_as_far_as_all_have(
    licensed: Workspace, people: list[Person], rid: str, client: Ddp
) -> None:
    say(people[0], rid)
    read(*people, rid=rid)
    assert len(await told(client, licensed, rid)) == 1
    slowest = seen(people[0], rid)
    say(people[0], rid)
    read(*people[1:], rid=rid)
    assert len(await told(client, licensed, rid)) == 1, "the first has not read it"
    read(people[0], rid=rid)
    *_, last = await told(client, licensed, rid)
    assert last["until"] > slowest


async def test_a_thread_is_told_of_by_name_once_all_its_followers_have_read(
    licensed: Workspace, people: list[Person], rid: str, client: Ddp
) -> None:
    first = say(people[0], rid)
    say(people[1], rid, tmid=first["_id"])
    say(people[2], rid, tmid=first["_id"])
    licensed.settle()
    for person in (people[0], people[1]):
        assert await told(client, licensed, rid) == []
        read_thread(person, first["_id"])
    (one,) = await told(client, licensed, rid)
    assert one["tmid"] == first["_id"]
    assert set(one) == {"tmid", "until"}


async def test_who_is_in_a_room_no_more_is_told_nothing(
    licensed: Workspace, people: list[Person], rid: str, client: Ddp
) -> None:
    private = people[1].ok(
        "POST",
        "v1/groups.create",
        {"name": f"p{rid}", "members": [people[0].username, people[2].username]},
    )["group"]["_id"]
    await client.sub(ROOM, f"{private}/messagesRead", False)
    say(people[1], private)
    kicked = {"roomId": private, "userId": people[0].id}
    people[1].ok("POST", "v1/groups.kick", kicked)
    read(*people[1:], rid=private)
    assert await told(client, licensed, private) == []


async def test_nothing_is_told_where_receipts_are_off(
    licensed: Workspace, people: list[Person], rid: str, client: Ddp
) -> None:
    with setting(licensed, RECEIPTS, False):
        say(people[0], rid)
        read(*people, rid=rid)
        assert await told(client, licensed, rid) == []
