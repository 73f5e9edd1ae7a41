"""Facts come to the fan-out in batches; the markers of their messages are handled as one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contrail.ddp import ejson
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Unfinished
from contrail.shapes.facts import MessageSent
from contrail.store.messages import visible
from functions.streamer.fanout import spread
from functions.streamer.items import Batch, Item
from tests.support.counting import Commands
from tests.support.workspace import Json, Workspace

MESSAGES = "rocketchat_message"


def _untold(workspace: Workspace) -> list[Json]:
    """Messages of a room, each as if nobody had been told of it."""
    owner = workspace.admin
    rid = workspace.channel(owner)["_id"]
    for number in range(3):
        said = {"rid": rid, "msg": f"{number}"}
        owner.ok("POST", "v1/chat.sendMessage", {"message": said})
    workspace.settle()
    messages = workspace.database[MESSAGES]
    match = {"rid": rid, "t": {"$exists": False}}
    marker = {"rid": rid, "at": workspace.runtime.clock.now()}
    messages.update_many(match, {"$set": {"_contrail.pending": marker}})
    return list(messages.find(match).sort("ts", 1))


def _item(workspace: Workspace, message: Json) -> Item:
    room = workspace.database["rocketchat_room"].find_one({"_id": message["rid"]}) or {}
    fact = MessageSent(message=visible(message), revision=1, room=room)
    return Item(body=ejson.dumps(fact.model_dump()))


def _left(workspace: Workspace, messages: list[Json]) -> list[str]:
    match = {"rid": messages[0]["rid"], "_contrail.pending": {"$exists": True}}
    return [row["msg"] for row in workspace.database[MESSAGES].find(match)]


def test_however_many_facts_there_are_their_markers_cost_one_read_and_one_write(
    new_workspace: Callable[..., Workspace],
) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    untold = _untold(workspace)
    batch = Batch(items=[_item(workspace, one) for one in untold])
    commands.reset()
    spread(Caller(), batch, workspace.runtime.instances["fanout"])
    assert [one for one in commands.seen if one.endswith(MESSAGES)] == [
        f"aggregate {MESSAGES}",
        f"update {MESSAGES}",
    ]
    assert _left(workspace, untold) == []


def test_what_is_no_fact_holds_back_itself_and_what_follows_and_nothing_before(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace()
    untold = _untold(workspace)
    first, _, last = (_item(workspace, one) for one in untold)
    batch = Batch(items=[first, Item(body="no fact"), last])
    with pytest.raises(Unfinished) as stopped:
        spread(Caller(), batch, workspace.runtime.instances["fanout"])
    assert stopped.value.done == 1
    assert _left(workspace, untold) == ["1", "2"]
