"""The main job, end to end: log in, make a channel, send, be pushed what was sent."""

from tests.support.ddp import Ddp
from tests.support.workspace import Workspace


async def test_a_sent_message_is_pushed_to_a_subscriber(workspace: Workspace) -> None:
    owner, reader = workspace.person(), workspace.person()
    room = workspace.channel(owner, reader)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(reader.token)
        assert (await client.sub("stream-room-messages", room["_id"], False))["msg"] == "ready"
        message = {"rid": room["_id"], "msg": "hello"}
        sent = owner.ok("POST", "v1/chat.sendMessage", {"message": message})["message"]
        (pushed,) = await client.event("stream-room-messages", room["_id"])
    assert pushed["_id"] == sent["_id"]
    assert pushed["msg"] == "hello"
    sender = {"_id": owner.id, "username": owner.username, "name": owner.username.title()}
    assert pushed["u"] == sender
    history = reader.ok("GET", "v1/channels.history", {"roomId": room["_id"]})["messages"]
    assert [row["_id"] for row in history] == [sent["_id"]]
