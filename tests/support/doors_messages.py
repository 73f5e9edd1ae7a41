"""Examples for sending, changing and finding messages: see `doors.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.doors_shapes import message
from tests.support.example import OK, PAGE, USER, VOID, Example
from tests.support.example import admin as _admin
from tests.support.people import said
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import Json

LONG_AGO = "2020-01-01T00:00:00.000Z"


def own(scene: Scene) -> Json:
    """A new message of the person's, where the room is open to them."""
    if scene.message.get("msg") != "hello":
        return scene.message
    return said(scene.person, scene.room, fresh("m"))


def _which(scene: Scene) -> Json:
    return {"roomId": scene.room["_id"], "msgId": own(scene)["_id"]}


def _thread(scene: Scene) -> Json:
    """The first message of a thread with one reply."""
    first = own(scene)
    reply = {"rid": scene.room["_id"], "msg": "reply", "tmid": first["_id"]}
    scene.person.ok("POST", "v1/chat.sendMessage", {"message": reply})
    return first


def _with_thread(scene: Scene, **more: Any) -> Json:
    if scene.message.get("msg") == "hello":
        _thread(scene)
    return {"rid": scene.room["_id"], **more}


def _room(scene: Scene, **more: Any) -> Json:
    return {"roomId": scene.room["_id"], **more}


def _pinned(scene: Scene) -> Json:
    if scene.message.get("msg") == "hello":
        given = {"messageId": scene.message["_id"]}
        scene.person.ok("POST", "v1/chat.pinMessage", given)
    return _room(scene)


def _starred(scene: Scene) -> Json:
    if scene.message.get("msg") == "hello":
        given = {"messageId": scene.message["_id"]}
        scene.person.ok("POST", "v1/chat.starMessage", given)
    return _room(scene)


def _mentioned(scene: Scene) -> Json:
    if scene.message.get("msg") == "hello":
        said(scene.person, scene.room, f"@{scene.person.username}")
    return _room(scene)


def _discussed(scene: Scene) -> Json:
    row = {**_stored(scene), "_id": fresh("d"), "drid": fresh("r"), "t": "discussion-created"}
    scene.workspace.database["rocketchat_message"].insert_one(row)
    return _room(scene)


def _stored(scene: Scene) -> Json:
    now = scene.workspace.runtime.clock.now()
    author = {"_id": scene.person.id, "username": scene.person.username}
    row = {"rid": scene.room["_id"], "msg": "a discussion", "u": author, "ts": now}
    return {**row, "_updatedAt": now, "urls": [], "mentions": [], "channels": []}


def _deleted(scene: Scene) -> Json:
    if scene.message.get("msg") == "hello":
        scene.person.ok("POST", "v1/chat.delete", _which(scene))
    return _room(scene, since=LONG_AGO)


def _searched(scene: Scene) -> Json:
    return _room(scene, searchText=own(scene).get("msg") or "x")


def _span(scene: Scene) -> Json:
    return _room(scene, latest="2020-01-02T00:00:00.000Z", oldest=LONG_AGO)


def _with_file(scene: Scene) -> list[Any]:
    file_id, messages = fresh("f"), scene.workspace.database["rocketchat_message"]
    messages.update_one({"_id": own(scene)["_id"]}, {"$set": {"file": {"_id": file_id}}})
    return [file_id]


def _stored_at(date: Callable[[object], bool]) -> Json:
    """What people's messages and the system's have in common."""
    return {"_id": str, "rid": str, "msg": str, "u": USER, "ts": date, "_updatedAt": date}


LISTED: Json = {"messages": [message(is_date)], **PAGE}
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
    "POST v1/chat.update": Example(
        {"message": {**message(is_date), "editedAt": is_date, "editedBy": dict}, **OK},
        lambda scene: {**_which(scene), "text": fresh("t")},
    ),
    "POST v1/chat.delete": Example(
        {"_id": str, "ts": str, "message": {"_id": str, "rid": str, "u": dict}, **OK}, _which
    ),
    "POST v1/rooms.cleanHistory": Example({"_id": str, "count": int, **OK}, _span, _admin),
    "GET v1/chat.getPinnedMessages": Example(LISTED, _pinned),
    "GET v1/chat.getStarredMessages": Example(LISTED, _starred),
    "GET v1/chat.getMentionedMessages": Example(LISTED, _mentioned),
    "GET v1/chat.getDiscussions": Example(LISTED, _discussed),
    "GET v1/chat.getDeletedMessages": Example({"messages": [{"_id": str}], **PAGE}, _deleted),
    "GET v1/chat.syncMessages": Example(
        {"result": {"updated": [_stored_at(is_date)], "deleted": list}, **OK},
        lambda scene: _room(scene, lastUpdate=LONG_AGO),
    ),
    "GET v1/chat.search": Example({"messages": [message(is_date)], **OK}, _searched),
    "GET v1/chat.getThreadsList": Example(
        {"threads": [{**message(is_date), "tcount": int, "tlm": is_date}], **PAGE}, _with_thread
    ),
    "GET v1/chat.syncThreadsList": Example(
        {"threads": {"update": [message(is_date)], "remove": list}, **OK},
        lambda scene: _with_thread(scene, updatedSince=LONG_AGO),
    ),
    "GET v1/chat.getThreadMessages": Example(LISTED, lambda scene: {"tmid": _thread(scene)["_id"]}),
    "GET v1/chat.syncThreadMessages": Example(
        {"messages": {"update": [message(is_date)], "remove": list}, **OK},
        lambda scene: {"tmid": _thread(scene)["_id"], "updatedSince": LONG_AGO},
    ),
    "POST v1/chat.followMessage": Example(OK, lambda scene: {"mid": own(scene)["_id"]}),
    "POST v1/chat.unfollowMessage": Example(OK, lambda scene: {"mid": own(scene)["_id"]}),
}

METHODS: dict[str, Example] = {
    "sendMessage": Example(
        message(is_moment), lambda scene: [{"rid": scene.room["_id"], "msg": "hi"}]
    ),
    "updateMessage": Example(
        VOID,
        lambda scene: [{"_id": own(scene)["_id"], "rid": scene.room["_id"], "msg": fresh("t")}],
    ),
    "deleteMessage": Example(VOID, lambda scene: [{"_id": own(scene)["_id"]}]),
    "deleteFileMessage": Example(VOID, _with_file),
    "cleanRoomHistory": Example(
        int,
        lambda scene: [
            {
                "roomId": scene.room["_id"],
                "latest": _stored(scene)["ts"].replace(year=2020),
                "oldest": _stored(scene)["ts"].replace(year=2019),
            }
        ],
        _admin,
    ),
    "loadHistory": Example(
        {"messages": [_stored_at(is_moment)], "unreadNotLoaded": 0},
        lambda scene: [scene.room["_id"], None, 20, None],
    ),
    "loadMissedMessages": Example(
        [_stored_at(is_moment)],
        lambda scene: [scene.room["_id"], _stored(scene)["ts"].replace(year=2020)],
    ),
    "loadNextMessages": Example(
        {"messages": [_stored_at(is_moment)]}, lambda scene: [scene.room["_id"], None, 20]
    ),
    "loadSurroundingMessages": Example(
        {"messages": [_stored_at(is_moment)], "moreBefore": bool, "moreAfter": bool},
        lambda scene: [{"_id": scene.message["_id"], "rid": scene.room["_id"]}, 50],
    ),
    "messages/get": Example(
        {"updated": [_stored_at(is_moment)], "deleted": list},
        lambda scene: [
            scene.room["_id"],
            {"lastUpdate": _stored(scene)["ts"].replace(year=2020)},
        ],
    ),
    "getMessages": Example([message(is_moment)], lambda scene: [[scene.message["_id"]]]),
    "getSingleMessage": Example(message(is_moment), lambda scene: [scene.message["_id"]]),
    "messageSearch": Example(
        {"message": {"docs": [message(is_moment)]}},
        lambda scene: [own(scene).get("msg") or "x", scene.room["_id"]],
    ),
    "rocketchatSearch.search": Example(
        {"message": {"docs": [message(is_moment)]}},
        lambda scene: [own(scene)["msg"], {"rid": scene.room["_id"]}, {"limit": 10}],
    ),
    "rocketchatSearch.getProvider": Example({"key": str, "settings": dict}, lambda scene: []),
    "getThreadsList": Example([message(is_moment)], lambda scene: [_with_thread(scene)]),
    "getThreadMessages": Example(
        [message(is_moment)], lambda scene: [{"tmid": _thread(scene)["_id"]}]
    ),
    "followMessage": Example(VOID, lambda scene: [own(scene)["_id"]]),
    "unfollowMessage": Example(VOID, lambda scene: [own(scene)["_id"]]),
    "readThreads": Example(VOID, lambda scene: [_thread(scene)["_id"]]),
}
