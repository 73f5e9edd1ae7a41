"""Who is there: from connections to what everyone sees."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contrail.shapes.caller import Caller
from contrail.shapes.people_facts import UserStatusChanged
from functions.presence import broadcast, tracking
from functions.streamer.streams import emissions
from tests.support.ddp import Ddp, Frame
from tests.support.people import stored
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.workspace import Person, Workspace

OWN, WATCHING = "stream-notify-user", "stream-user-presence"
SWITCHES = ("Presence_broadcast_disabled", "Troubleshoot_Disable_Presence_Broadcast")


async def logged_in(client: Ddp, person: Person) -> None:
    await client.connect()
    await client.resume(person.token)


def is_news(frame: Frame) -> bool:
    return frame.get("msg") == "changed" and frame["collection"] == WATCHING


def seen(workspace: Workspace, person: Person) -> tuple[str, str]:
    workspace.settle()
    user = stored(workspace, person.id)
    return user["statusConnection"], user["status"]


def test_a_connection_makes_its_person_online_and_its_end_offline(workspace: Workspace) -> None:
    person = workspace.person()

    async def visit() -> None:
        async with Ddp(workspace.ws_url) as client:
            await logged_in(client, person)
            await asyncio.to_thread(workspace.settle)
            assert stored(workspace, person.id)["status"] == "online"
            await client.call("UserPresence:away")
            await asyncio.to_thread(workspace.settle)
            assert stored(workspace, person.id)["status"] == "away"

    asyncio.run(visit())
    workspace.wait_for(lambda: seen(workspace, person) == ("offline", "offline"))
    left = workspace.database["usersSessions"].find_one({"_id": person.id}) or {}
    assert left["connections"] == []


def test_the_best_of_several_connections_counts(workspace: Workspace) -> None:
    person = workspace.person()

    async def visit() -> None:
        async with Ddp(workspace.ws_url) as first, Ddp(workspace.ws_url) as second:
            await logged_in(first, workspace.login(person.username, "secret"))
            await logged_in(second, person)
            await first.call("UserPresence:away")
            assert await asyncio.to_thread(seen, workspace, person) == ("online", "online")
            await second.call("UserPresence:away", person.id)
            assert await asyncio.to_thread(seen, workspace, person) == ("away", "away")
            await first.call("UserPresence:online")
            assert await asyncio.to_thread(seen, workspace, person) == ("online", "online")
            await first.call("logout")
            assert await asyncio.to_thread(seen, workspace, person) == ("away", "away")

    asyncio.run(visit())


def test_a_chosen_default_wins_while_connected(workspace: Workspace) -> None:
    person = workspace.person()

    async def visit() -> None:
        async with Ddp(workspace.ws_url) as client:
            await logged_in(client, person)
            for chosen in ("busy", "away", "offline"):
                await client.call("UserPresence:setDefaultStatus", chosen)
                assert await asyncio.to_thread(seen, workspace, person) == ("online", chosen)
                await client.call("UserPresence:online")
                assert await asyncio.to_thread(seen, workspace, person) == ("online", chosen)
            await client.call("setUserStatus", "online")
            assert await asyncio.to_thread(seen, workspace, person) == ("online", "online")

    asyncio.run(visit())


def test_presence_of_the_anonymous_is_nobodys(workspace: Workspace) -> None:
    async def visit() -> Frame:
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            return await client.call("UserPresence:online")

    assert "error" not in asyncio.run(visit())


def test_watchers_hear_of_whom_they_watch_and_the_set_grows(workspace: Workspace) -> None:
    watcher, one, other = workspace.person(), workspace.person(), workspace.person()

    async def visit() -> tuple[list[Frame], list[Frame]]:
        async with Ddp(workspace.ws_url) as client:
            await logged_in(client, watcher)
            first = await client.sub(WATCHING, "", {"added": [one.id]})
            assert first["msg"] == "ready"
            await status(one, "busy")
            await status(other, "busy")
            await client.until(is_news)
            later = await client.sub(WATCHING, "", {"added": [other.id], "removed": [one.id]})
            assert later["msg"] == "nosub"
            assert "error" not in later
            await status(one, "away")
            await status(other, "away")
            await client.until(lambda f: is_news(f) and f["id"] == other.id)
            before = [frame for frame in client.frames if is_news(frame)]
            await client.send({"msg": "unsub", "id": first["subs"][0]})
            await client.until(lambda f: f.get("msg") == "nosub" and f["id"] == first["subs"][0])
            await status(other, "online")
            return before, [frame for frame in client.frames if is_news(frame)]

    async def status(person: Person, kind: str) -> None:
        given = {"status": kind, "message": "Text"}
        await asyncio.to_thread(person.ok, "POST", "v1/users.setStatus", given)
        await asyncio.to_thread(workspace.settle)

    before, after = asyncio.run(visit())
    assert before == after
    assert [(frame["id"], frame["fields"]) for frame in before] == [
        (who.id, {"uid": who.id, "eventName": who.id, "args": [[who.username, number, "Text"]]})
        for who, number in ((one, 3), (other, 2))
    ]


def test_everyone_hears_of_everyone_unless_it_is_switched_off(workspace: Workspace) -> None:
    watcher, person = workspace.person(), workspace.person()

    def change(kind: str) -> None:
        person.ok("POST", "v1/users.setStatus", {"status": kind})
        workspace.settle()

    async def visit() -> list[list[Any]]:
        async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as own:
            await logged_in(client, watcher)
            await logged_in(own, person)
            await asyncio.to_thread(workspace.settle)
            await client.sub("stream-notify-logged", "user-status")
            await own.sub("stream-notify-user", f"{person.id}/userData")
            with setting(workspace, "Troubleshoot_Disable_Presence_Broadcast", True):
                await asyncio.to_thread(change, "away")
            await asyncio.to_thread(change, "busy")
            await client.until(
                lambda f: (
                    f.get("collection") == "stream-notify-logged"
                    and f["fields"]["args"][0][::2][:2] == [person.id, 3]
                )
            )
            await own.until(lambda f: is_own(f) and f["fields"]["args"][0]["diff"] == busy)
            told = own.events("stream-notify-user", f"{person.id}/userData")
            assert {"status": "away", "statusText": ""} in [args[0]["diff"] for args in told]
            return client.events("stream-notify-logged", "user-status")

    busy = {"status": "busy", "statusText": ""}

    def is_own(frame: Frame) -> bool:
        return frame.get("collection") == "stream-notify-user"

    told = [args[0] for args in asyncio.run(visit())]
    assert [row[2] for row in told if row[0] == person.id] == [3]


@pytest.mark.parametrize("switch", SWITCHES)
def test_where_broadcasting_is_off_only_who_watches_is_told_unless_that_is_off_too(
    workspace: Workspace, switch: str
) -> None:
    watcher, person = workspace.person(), workspace.person()

    def change(kind: str) -> None:
        person.ok("POST", "v1/users.setStatus", {"status": kind})
        workspace.settle()

    async def visit() -> tuple[list[int], list[int]]:
        async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as own:
            await logged_in(client, watcher)
            await logged_in(own, person)
            await asyncio.to_thread(workspace.settle)
            assert (await client.sub(WATCHING, "", {"added": [person.id]}))["msg"] == "ready"
            await client.sub("stream-notify-logged", "user-status")
            with setting(workspace, switch, True):
                await asyncio.to_thread(change, "busy")
            await asyncio.to_thread(change, "away")
            await client.until(lambda f: is_news(f) and f["fields"]["args"][0][1] == 2)
            await client.until(
                lambda f: (
                    f.get("collection") == "stream-notify-logged"
                    and f["fields"]["args"][0][::2][:2] == [person.id, 2]
                )
            )
            everyone = client.events("stream-notify-logged", "user-status")
            numbers = [args[0][2] for args in everyone if args[0][0] == person.id]
            return [args[0][1] for args in client.events(WATCHING, person.id)], numbers

    watched, everyone = asyncio.run(visit())
    assert watched == ([3, 2] if switch == "Presence_broadcast_disabled" else [2])
    assert everyone == [2]


def test_users_presence_by_ids_by_time_and_whole(workspace: Workspace) -> None:
    asking, one, other = workspace.person(), workspace.person(), workspace.person()
    one.ok("POST", "v1/users.setStatus", {"status": "busy", "message": "Text"})
    by_ids = asking.get("v1/users.presence", ids=f"{one.id},{other.id}").json()
    shown = {"_id": one.id, "username": one.username, "status": "busy", "statusText": "Text"}
    assert by_ids["full"] is False
    assert [{key: row[key] for key in shown} for row in by_ids["users"]] == [shown]
    repeated = asking.get("v1/users.presence", ids=[one.id, other.id]).json()
    assert repeated == by_ids
    now = workspace.runtime.clock.now()
    recent = asking.get("v1/users.presence", **{"from": now.replace(year=now.year - 1)}).json()
    assert recent["full"] is True
    assert one.id in {row["_id"] for row in recent["users"]}
    assert other.id not in {row["_id"] for row in recent["users"]}
    since = stored(workspace, one.id)["_updatedAt"]
    other.ok("POST", "v1/users.setStatus", {"message": "Later"})
    after = asking.get("v1/users.presence", **{"from": since.isoformat()}).json()
    assert after["full"] is False
    assert other.id in {row["_id"] for row in after["users"]}
    assert asking.id not in {row["_id"] for row in after["users"]}
    with setting(workspace, "Presence_broadcast_disabled", True):
        assert asking.get("v1/users.presence").json()["users"] == []


def test_should_return_current_and_max_connections_of_200(workspace: Workspace) -> None:
    workspace.wait_for(lambda: not len(workspace.runtime.sockets))
    workspace.settle()
    before = workspace.admin.get("v1/presence.getConnections").json()["current"]

    async def visit() -> int:
        async with Ddp(workspace.ws_url) as client:
            await logged_in(client, workspace.person())
            await asyncio.to_thread(workspace.settle)
            answer = await asyncio.to_thread(workspace.admin.get, "v1/presence.getConnections")
            assert answer.json()["max"] == 200
            return int(answer.json()["current"])

    assert asyncio.run(visit()) == before + 1


def test_broadcasting_stops_by_itself_and_is_enabled_again(workspace: Workspace) -> None:
    at, sessions = workspace.runtime.instances["presence"], workspace.database["usersSessions"]
    many = [{"id": str(n), "instanceId": "contrail", "status": "online"} for n in range(201)]
    with setting(workspace, "Presence_broadcast_disabled", False):
        broadcast.cut_off(Caller(), at)
        at.caches.refresh()
        assert at.setting("Presence_broadcast_disabled") is False
        sessions.insert_one({"_id": "many", "connections": many})
        try:
            broadcast.cut_off(Caller(), at)
        finally:
            sessions.delete_one({"_id": "many"})
        at.caches.refresh()
        assert at.setting("Presence_broadcast_disabled") is True
        workspace.admin.ok("POST", "v1/presence.enableBroadcast")
        at.caches.refresh()
        assert at.setting("Presence_broadcast_disabled") is False


def test_who_lost_their_record_first_is_still_found_when_they_leave(workspace: Workspace) -> None:
    person, at = workspace.person(), workspace.runtime.instances["presence"]
    for uid, state in ((person.id, "online"), ("", "gone")):
        body = f'{{"uid":"{uid}","connection_id":"c{person.id}","state":"{state}"}}'
        tracking.follow(Caller(), tracking.Item(body=body), at)
    assert stored(workspace, person.id)["status"] == "offline"


def test_setting_a_status_while_nobody_is_connected_shows_once_they_are(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    invoke(workspace, person, "setUserStatus", ["busy"])
    assert stored(workspace, person.id)["status"] == "offline"

    async def visit() -> None:
        async with Ddp(workspace.ws_url) as client:
            await logged_in(client, person)
            assert await asyncio.to_thread(seen, workspace, person) == ("online", "busy")

    asyncio.run(visit())


def test_of_someone_without_a_username_only_they_themselves_are_told() -> None:
    user = {"_id": "u", "username": "ann", "status": "away"}
    named = emissions(UserStatusChanged(user=user, nonce="n"))
    del user["username"]
    alone = emissions(UserStatusChanged(user=user, nonce="n"))
    assert [one.stream for one in named] == [OWN, "stream-notify-logged", WATCHING]
    assert [one.stream for one in alone] == [OWN]
