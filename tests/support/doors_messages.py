"""Examples for the messaging service: see `doors.py`."""

from __future__ import annotations

from tests.support.doors_shapes import message
from tests.support.example import OK, Example
from tests.support.scene import is_date, is_moment

REST: dict[str, Example] = {
    "POST v1/chat.sendMessage": Example(
        {"message": message(is_date), **OK},
        lambda scene: {"message": {"rid": scene.room["_id"], "msg": "hi"}},
    ),
    "POST v1/chat.postMessage": Example(
        {"ts": int, "channel": str, "message": message(is_date), **OK},
        lambda scene: {"roomId": scene.room["_id"], "text": "hi"},
    ),
    "GET v1/chat.getMessage": Example(
        {"message": message(is_date), **OK}, lambda scene: {"msgId": scene.message["_id"]}
    ),
}

METHODS: dict[str, Example] = {
    "sendMessage": Example(
        message(is_moment), lambda scene: [{"rid": scene.room["_id"], "msg": "hi"}]
    ),
    "loadHistory": Example(
        {"messages": [message(is_moment)], "unreadNotLoaded": 0},
        lambda scene: [scene.room["_id"], None, 20, None],
    ),
}
