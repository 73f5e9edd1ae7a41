"""A fact too large for the bus arrives with ids alone, and delivers what is stored."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson
from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.workspace import Workspace


def _fact(kind: str, **more: Any) -> str:
    return ejson.dumps({"kind": kind, "slim": True, "correlation_id": "c", **more})


def _publish(workspace: Workspace, body: str, group: str) -> None:
    workspace.runtime.bus.enqueue("facts", body, group=group, dedup=random_id(), attributes={})


async def test_slim_facts_deliver_the_documents_as_they_are(workspace: Workspace) -> None:
    owner = workspace.person()
    room = workspace.channel(owner)
    rid = room["_id"]
    message = {"rid": rid, "msg": "long"}
    sent = owner.ok("POST", "v1/chat.sendMessage", {"message": message})["message"]
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub("stream-room-messages", rid, False)
        for event in ("rooms-changed", "subscriptions-changed"):
            await client.sub("stream-notify-user", f"{owner.id}/{event}", False)
        ids = {"message": {"_id": sent["_id"], "rid": rid}, "room": {"_id": rid}}
        _publish(workspace, _fact("MessageSent", revision=1, **ids), f"room:{rid}")
        (pushed,) = await client.event("stream-room-messages", rid)
        assert (pushed["_id"], pushed["msg"]) == (sent["_id"], "long")
        assert "_contrail" not in pushed
        action, changed = await client.event("stream-notify-user", f"{owner.id}/rooms-changed")
        assert (action, changed["name"]) == ("updated", room["name"])
        row = workspace.database["rocketchat_subscription"].find_one({"rid": rid}) or {}
        own = {key: row[key] for key in ("_id", "rid", "u")}
        more = {"action": "updated", "subscription": own, "room": None, "nonce": "n"}
        _publish(workspace, _fact("SubscriptionChanged", **more), f"room:{rid}")
        events = await client.until_events(
            "stream-notify-user", f"{owner.id}/subscriptions-changed", 2
        )
        assert events[-1][0] == "updated"
        assert events[-1][1]["name"] == room["name"]


def test_a_slim_fact_about_what_is_gone_is_no_error(workspace: Workspace) -> None:
    ids = {"message": {"_id": random_id(), "rid": "gone"}, "room": {"_id": "gone"}}
    before = len(workspace.runtime.bus.queues["facts"].dead)
    _publish(workspace, _fact("MessageSent", revision=1, **ids), "room:gone")
    _publish(
        workspace,
        _fact("RoomChanged", action="updated", room={"_id": "gone"}, nonce="n"),
        "room:gone",
    )
    workspace.settle()
    assert len(workspace.runtime.bus.queues["facts"].dead) == before


async def test_that_a_room_is_gone_reaches_who_listened_there(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub("stream-room-data", rid, False)
        for name, key in (("rocketchat_room", "_id"), ("rocketchat_subscription", "rid")):
            workspace.database[name].delete_many({key: rid})
        ids = {"room": {"_id": rid, "t": "c"}, "action": "removed", "nonce": "n"}
        _publish(workspace, _fact("RoomChanged", **ids), f"room:{rid}")
        assert await client.event("stream-room-data", rid) == [{"_id": rid, "t": "c"}]
