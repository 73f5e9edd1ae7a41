"""Examples for what makes and changes rooms: see `doors.py`."""

from __future__ import annotations

from tests.support.doors_shapes import channel, message, room, subscription
from tests.support.example import OK, PAGE, USER, VOID, Example
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import Json

CHANNEL: Json = {"channel": channel(is_date), **OK}


def by_id(scene: Scene) -> Json:
    return {"roomId": scene.room["_id"]}


def other_channel(scene: Scene) -> Json:
    """A channel to join: a new one where the scene's own has the person in it already."""
    if scene.room["t"] == "c":
        return {"roomId": scene.workspace.channel(scene.workspace.person())["_id"]}
    return by_id(scene)


REST: dict[str, Example] = {
    "POST v1/channels.create": Example(CHANNEL, lambda scene: {"name": fresh("c")}),
    "GET v1/channels.info": Example(CHANNEL, by_id),
    "GET v1/channels.list": Example({"channels": [room(is_date)], **PAGE}),
    "POST v1/channels.join": Example(CHANNEL, other_channel),
    "GET v1/channels.messages": Example({"messages": [message(is_date)], **PAGE}, by_id),
    "GET v1/channels.history": Example({"messages": [message(is_date)], **OK}, by_id),
    "GET v1/rooms.get": Example({"update": [room(is_date)], "remove": [], **OK}),
    "GET v1/subscriptions.get": Example({"update": [subscription(is_date)], "remove": [], **OK}),
    "POST v1/subscriptions.read": Example(OK, lambda scene: {"rid": scene.room["_id"]}),
}

METHODS: dict[str, Example] = {
    "createChannel": Example(
        {**room(is_moment), "rid": str, "inserted": True, "u": USER, "t": "c"},
        lambda scene: [fresh("c"), [scene.other.username], False],
    ),
    "joinRoom": Example(True, lambda scene: [other_channel(scene)["roomId"]]),
    "getRoomByTypeAndName": Example(
        room(is_moment), lambda scene: [scene.room["t"], scene.room["name"]]
    ),
    "getRoomIdByNameOrId": Example(str, lambda scene: [scene.room["name"]]),
    "channelsList": Example(
        {"channels": [{"_id": str, "name": str, "t": str}]}, lambda scene: ["", "public", 500]
    ),
    "getChannelHistory": Example(
        {"messages": [message(is_moment)]},
        lambda scene: [{"rid": scene.room["_id"], "count": 20}],
    ),
    "rooms/get": Example([room(is_moment)], lambda scene: []),
    "subscriptions/get": Example([subscription(is_moment)], lambda scene: []),
    "readMessages": Example(VOID, lambda scene: [scene.room["_id"]]),
}
