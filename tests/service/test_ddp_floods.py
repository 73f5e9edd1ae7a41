"""Floods of frames: subs and their ends count against the limits, and others go on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from contrail.shapes.connections import Connection
from tests.service.test_rate_limits import Limited
from tests.support.ddp import Ddp
from tests.support.workspace import Workspace

Make = Callable[..., Workspace]


async def test_subs_are_counted_like_methods_and_those_beyond_are_told(new_workspace: Make) -> None:
    limited = Limited(new_workspace, DDP_Rate_Limit_Connection_By_Method_Requests_Allowed="3")
    workspace, one = limited.workspace, limited.one
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as second:
        for each in (client, second):
            await each.connect()
            await each.resume(one.token)
        for number in range(15):
            params = [f"event-{number}", False]
            frame = {"msg": "sub", "id": f"f{number}", "name": "stream-apps", "params": params}
            await client.send(frame)
        last = await client.until(lambda f: f.get("id") == "f14" or "f14" in f.get("subs", ()))
        # Of streams four times as many as of methods, in four times as long.
        assert sum(frame.get("msg") == "ready" for frame in client.frames) == 12
        assert last["error"]["error"] == "too-many-requests"
        assert 0 < last["error"]["details"]["timeToReset"] <= 40_000
        assert (await client.sub("stream-notify-all", "license", False))["msg"] == "ready"
        assert (await second.sub("stream-apps", "apps", False))["msg"] == "ready"


async def test_ends_of_subs_count_by_connection(new_workspace: Make) -> None:
    limited = Limited(new_workspace, DDP_Rate_Limit_Connection_Requests_Allowed="5")
    async with Ddp(limited.workspace.ws_url) as client:
        await client.connect()
        await client.resume(limited.one.token)
        for number in range(8):
            await client.send({"msg": "unsub", "id": f"u{number}"})
        last = await client.until(lambda f: f.get("id") == "u7")
    ended = [frame for frame in client.frames if frame.get("msg") == "nosub"]
    refused = ["error" in frame for frame in ended]
    assert refused == sorted(refused)
    assert 1 <= refused.count(False) <= 5
    assert last["error"]["error"] == "too-many-requests"


async def test_a_flood_of_frames_holds_up_nobody_else(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a connection's frames take, they are worked on one batch at a time."""
    flooder, other = workspace.person(), workspace.person()
    connections, gate = workspace.runtime.connections, threading.Event()
    real, held = connections.get, set[str]()

    def slow(connection_id: str) -> Connection | None:
        if connection_id in held:
            assert gate.wait(30)
        return real(connection_id)

    async with Ddp(workspace.ws_url) as flood, Ddp(workspace.ws_url) as client:
        await flood.connect()
        await flood.resume(flooder.token)
        held |= {row.connection_id for row in connections.listeners(f"user:{flooder.id}", 0)}
        assert len(held) == 1
        with monkeypatch.context() as patch:
            patch.setattr(connections, "get", slow)
            try:
                for number in range(200):
                    await flood.send({"msg": "unsub", "id": f"u{number}"})
                await client.connect()
                await client.resume(other.token)
                assert "result" in await client.call("rooms/get")
                assert not [frame for frame in flood.frames if frame.get("msg") == "nosub"]
            finally:
                gate.set()
            await flood.until(lambda frame: frame.get("id") == "u199")
