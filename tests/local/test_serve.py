"""The program from start to stop, as the person at the terminal and the clients see it."""

from __future__ import annotations

import os
import signal
import uuid
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from rocketchat_API.rocketchat import RocketChat

from tests.support.ddp import Ddp
from tests.support.program import Program

ADMIN = {"ADMIN_USERNAME": "boss", "ADMIN_PASS": "secret", "ADMIN_EMAIL": "boss@example.com"}


def test_an_empty_folder_becomes_a_workspace_in_seconds(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with Program(data, OVERWRITE_SETTING_Rate_Limiter_Limit_RegisterUser="2") as program:
        screen = program.ready()
        assert program.seconds < 30
        assert f"  Open   {program.url}\n" in screen
        assert "  Admin  the first person to register becomes admin\n" in screen
        assert f"  Data   {data}\n" in screen
        assert "Contrail" in requests.get(program.url, timeout=5).text

        guest = RocketChat(server_url=program.url)
        for name in ("first", "second"):
            guest.users_register(f"{name}@example.com", name, "secret", name)
        assert "admin" in program.client("first", "secret").me()["roles"]
        assert program.client("second", "secret").me()["roles"] == ["user"]

        assert len(program.left()) == 3  # itself, its database and its files
        program.process.send_signal(signal.SIGINT)
        assert program.ended() == (0, "")
        assert program.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_it_while_people_are_connected(
    tmp_path: Path, number: signal.Signals
) -> None:
    with Program(tmp_path / "data", **ADMIN) as program:
        program.ready()
        boss = program.client("boss", "secret")
        async with AsyncExitStack() as connected:
            clients = [
                await connected.enter_async_context(Ddp(f"{program.url}/websocket"))
                for _ in range(20)
            ]
            for client in clients:
                await client.connect()
                await client.resume(boss.headers["X-Auth-Token"])
                ready = await client.sub("stream-room-messages", "GENERAL", False)
                assert ready["msg"] == "ready"
            program.process.send_signal(number)
            for client in clients:
                assert await client.closed() is not None
        assert program.ended() == (0, "")
        assert program.left() == []
        # That they are gone was still noted and told, one queue after the other.
        assert program.logged("WARNING", "ERROR", "CRITICAL") == []


def test_a_signal_while_it_starts_stops_it_too(tmp_path: Path) -> None:
    with Program(tmp_path / "data") as program:
        program.say("Starting the database\n")
        program.process.send_signal(signal.SIGINT)
        out, errors = program.process.communicate(timeout=20)
        assert (program.process.returncode, errors) == (0, "")
        assert "ready" not in out
        assert program.left() == []


def everything(client: Any, rid: str) -> dict[str, Any]:
    """What a person finds in the workspace."""
    return {
        "me": client.me(),
        "room": client.channels_info(room_id=rid)["channel"],
        "messages": list(client.channels_history(rid)),
        "subscriptions": client.subscriptions_get()["update"],
        "rooms": client.rooms_get()["update"],
        "settings": list(client.settings_public()),
        "permissions": client.permissions_list_all()["update"],
    }


def test_a_restart_keeps_everything_and_everyone_logged_in(tmp_path: Path) -> None:
    named = {"OVERWRITE_SETTING_Site_Name": "Hangar", "OVERWRITE_SETTING_API_Default_Count": "7"}
    with Program(tmp_path, **ADMIN, **named) as first:
        assert "  Admin  boss\n" in first.ready()
        boss = first.client("boss@example.com", "secret")
        boss.users_create("ann@example.com", "Ann", "secret", "ann")
        ann = first.client("ann", "secret")
        rid = boss.channels_create("hangar", members=["ann"])["channel"]["_id"]
        for text in ("one", "two @ann", "three"):
            boss.chat_send_message({"rid": rid, "msg": text})
        ann.subscriptions_read(rid)
        boss.chat_send_message({"rid": rid, "msg": "four"})
        boss.permissions_update([{"_id": "create-c", "roles": ["admin"]}])
        before = everything(ann, rid)
        first.process.send_signal(signal.SIGINT)
        assert first.ended() == (0, "")

    values = {row["_id"]: row["value"] for row in before["settings"]}
    assert values["Site_Name"] == "Hangar"
    granted = {row["_id"]: row["roles"] for row in before["permissions"]}
    assert granted["create-c"] == ["admin"]
    assert [row["msg"] for row in before["messages"]] == ["four", "three", "two @ann", "one"]
    assert before["me"]["roles"] == ["user"]

    with Program(tmp_path, PORT=str(urlsplit(first.url).port)) as second:
        second.ready()
        # The clients of before, with their old tokens.
        assert everything(ann, rid) == before
        assert boss.me()["username"] == "boss"
        second.process.send_signal(signal.SIGTERM)
        assert second.ended() == (0, "")
        assert second.left() == []


def test_with_mongodb_uri_the_workspace_lives_there(tmp_path: Path, mongo_uri: str) -> None:
    uri = urlsplit(mongo_uri)._replace(path=f"/test-{uuid.uuid4().hex}").geturl()
    with Program(tmp_path / "one", MONGODB_URI=uri, **ADMIN) as first:
        first.ready()
        first.client("boss", "secret").channels_create("hangar")
        assert len(first.left()) == 2  # itself and its files
    with Program(tmp_path / "two", MONGODB_URI=uri) as second:
        assert "  Admin  boss\n" in second.ready()
        client = second.client("boss", "secret")
        assert client.channels_info(channel="hangar")["channel"]["name"] == "hangar"
    assert os.listdir(tmp_path / "one" / "mongo") == []


def test_a_setting_that_does_not_exist_is_pointed_out(tmp_path: Path) -> None:
    with Program(tmp_path, TEST_MODE="true", OVERWRITE_SETTING_Sight_Name="x") as program:
        screen = program.ready()
    assert "OVERWRITE_SETTING_Sight_Name is ignored: no such setting\n" in screen
    assert "TEST_MODE is on: sign in as rocketchat.internal.admin.test\n" in screen
