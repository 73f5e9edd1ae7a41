"""A request that succeeds for every row, and what clients read from its answer.

Tests go through these in step with the tables: a row without an example fails them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contrail.ddp import ejson
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import Json, Person

VOID = object()
"""The answer of a method without a result."""


def _person(scene: Scene) -> Person:
    return scene.person


def _admin(scene: Scene) -> Person:
    return scene.workspace.admin


def _passing(scene: Scene) -> Person:
    """Someone with a token of their own, for what uses it up."""
    return scene.workspace.login(scene.person.username, "secret")


def _nobody(scene: Scene) -> None:
    return None


@dataclass(frozen=True)
class Example:
    """`given(scene)` is the query, the body or a method's params; `shape` see `scene.differs`.

    The top of a REST answer has exactly the shape's keys, unless the example says `more`.
    """

    shape: Any
    given: Callable[[Scene], Any] = lambda scene: {}
    sender: Callable[[Scene], Person | None] = _person
    more: bool = False


OK: Json = {"success": True}
PAGE: Json = {"count": int, "offset": int, "total": int, **OK}
USER: Json = {"_id": str, "username": str}


def _channel(date: Callable[[object], bool]) -> Json:
    flags = dict.fromkeys(("broadcast", "encrypted", "ro", "default", "sysMes"), bool)
    named = {"_id": str, "name": str, "fname": str, "t": "c", "u": USER, "customFields": dict}
    return {**named, **flags, "msgs": int, "usersCount": int, "ts": date, "_updatedAt": date}


def _room(date: Callable[[object], bool]) -> Json:
    return {"_id": str, "t": str, "name": str, "msgs": int, "usersCount": int, "_updatedAt": date}


def _message(date: Callable[[object], bool]) -> Json:
    lists = {"urls": list, "mentions": list, "channels": list}
    return {"_id": str, "rid": str, "msg": str, "u": USER, "ts": date, "_updatedAt": date, **lists}


def _subscription(date: Callable[[object], bool]) -> Json:
    counts = dict.fromkeys(("unread", "userMentions", "groupMentions"), int)
    flags = {"open": bool, "alert": bool}
    named = {"_id": str, "rid": str, "t": str, "name": str, "u": USER}
    return {**named, **flags, **counts, "ts": date, "_updatedAt": date}


def _permission(date: Callable[[object], bool]) -> Json:
    return {"_id": str, "roles": list, "_updatedAt": date}


ME: Json = {
    **USER,
    "name": str,
    "emails": [{"address": str, "verified": bool}],
    "status": str,
    "active": True,
    "roles": [str],
    "settings": {"preferences": {"desktopNotifications": str, "emailNotificationMode": str}},
    "services": {"password": True},
    "avatarUrl": str,
}
MADE: Json = {**USER, "name": str, "type": "user", "status": "offline", "active": True}


def _new_user(scene: Scene) -> Json:
    name = fresh("u")
    return {"name": name, "username": name, "email": f"{name}@example.com", "password": "secret"}


def _registration(scene: Scene) -> Json:
    given = _new_user(scene)
    return {**given, "pass": given.pop("password")}


def _login(scene: Scene) -> Json:
    return {"user": scene.person.username, "password": "secret"}


def _by_id(scene: Scene) -> Json:
    return {"roomId": scene.room["_id"]}


def _other_channel(scene: Scene) -> Json:
    """A channel to join: a new one where the scene's own has the person in it already."""
    if scene.room["t"] == "c":
        return {"roomId": scene.workspace.channel(scene.other)["_id"]}
    return _by_id(scene)


def _editing(scene: Scene) -> Json:
    return {"permissions": [{"_id": "edit-message", "roles": ["owner", "admin"]}]}


def _call(scene: Scene) -> Json:
    frame = {"msg": "method", "method": "rooms/get", "id": "1", "params": []}
    return {"message": ejson.dumps(frame)}


INFO: Json = {"version": "6.12", **OK}
LOGGED_OUT: Json = {"status": "success", "data": {"message": "You've been logged out!"}}
SETTINGS: Json = {"settings": [{"_id": str, "value": lambda value: True}], **PAGE}
CHANNEL: Json = {"channel": _channel(is_date), **OK}

EXAMPLES: dict[str, Example] = {
    "POST v1/login": Example(
        {"status": "success", "data": {"userId": str, "authToken": str, "me": ME}},
        _login,
        _nobody,
    ),
    "POST v1/logout": Example(LOGGED_OUT, sender=_passing),
    "GET v1/logout": Example(LOGGED_OUT, sender=_passing),
    "GET v1/me": Example({**ME, **OK}, more=True),
    "GET v1/users.info": Example(
        {"user": {**USER, "name": str, "type": "user", "active": True, "status": str}, **OK},
        lambda scene: {"userId": scene.other.id},
    ),
    "POST v1/users.create": Example(
        {"user": {**MADE, "roles": ["user"], "createdAt": is_date, "_updatedAt": is_date}, **OK},
        _new_user,
        _admin,
    ),
    "POST v1/users.register": Example({"user": MADE, **OK}, _registration, _nobody),
    "GET v1/permissions.listAll": Example(
        {"update": [_permission(is_date)], "remove": [], **OK},
    ),
    "POST v1/permissions.update": Example(
        {"permissions": [_permission(is_date)], **OK}, _editing, _admin
    ),
    "POST v1/chat.sendMessage": Example(
        {"message": _message(is_date), **OK},
        lambda scene: {"message": {"rid": scene.room["_id"], "msg": "hi"}},
    ),
    "POST v1/chat.postMessage": Example(
        {"ts": int, "channel": str, "message": _message(is_date), **OK},
        lambda scene: {"roomId": scene.room["_id"], "text": "hi"},
    ),
    "GET v1/chat.getMessage": Example(
        {"message": _message(is_date), **OK}, lambda scene: {"msgId": scene.message["_id"]}
    ),
    "POST v1/channels.create": Example(CHANNEL, lambda scene: {"name": fresh("c")}),
    "GET v1/channels.info": Example(CHANNEL, _by_id),
    "GET v1/channels.list": Example({"channels": [_room(is_date)], **PAGE}),
    "POST v1/channels.join": Example(CHANNEL, _other_channel),
    "GET v1/channels.messages": Example({"messages": [_message(is_date)], **PAGE}, _by_id),
    "GET v1/channels.history": Example({"messages": [_message(is_date)], **OK}, _by_id),
    "GET v1/rooms.get": Example({"update": [_room(is_date)], "remove": [], **OK}),
    "GET v1/subscriptions.get": Example({"update": [_subscription(is_date)], "remove": [], **OK}),
    "POST v1/subscriptions.read": Example(OK, lambda scene: {"rid": scene.room["_id"]}),
    "GET v1/settings.public": Example(SETTINGS, sender=_nobody),
    "GET info": Example(INFO, sender=_nobody),
    "GET v1/info": Example(INFO, sender=_nobody),
    "POST v1/method.call/:name": Example({"message": str, **OK}, _call),
    "POST v1/method.callAnon/:name": Example({"message": str, **OK}, _call, _nobody),
}

METHOD_EXAMPLES: dict[str, Example] = {
    "login": Example(
        {"id": str, "token": str, "tokenExpires": is_moment, "type": "password"},
        lambda scene: [{"user": {"username": scene.person.username}, "password": "secret"}],
        _nobody,
    ),
    "logout": Example(VOID, lambda scene: [], _passing),
    "permissions/get": Example([_permission(is_moment)], lambda scene: [], _nobody),
    "public-settings/get": Example(
        [{"_id": str, "value": lambda value: True, "type": str}], lambda scene: [], _nobody
    ),
    "sendMessage": Example(
        _message(is_moment), lambda scene: [{"rid": scene.room["_id"], "msg": "hi"}]
    ),
    "loadHistory": Example(
        {"messages": [_message(is_moment)], "unreadNotLoaded": 0},
        lambda scene: [scene.room["_id"], None, 20, None],
    ),
    "createChannel": Example(
        {**_room(is_moment), "rid": str, "inserted": True, "u": USER, "t": "c"},
        lambda scene: [fresh("c"), [scene.other.username], False],
    ),
    "joinRoom": Example(True, lambda scene: [_other_channel(scene)["roomId"]]),
    "getRoomByTypeAndName": Example(
        _room(is_moment), lambda scene: [scene.room["t"], scene.room["name"]]
    ),
    "getRoomIdByNameOrId": Example(str, lambda scene: [scene.room["name"]]),
    "channelsList": Example(
        {"channels": [{"_id": str, "name": str, "t": str}]}, lambda scene: ["", "public", 500]
    ),
    "getChannelHistory": Example(
        {"messages": [_message(is_moment)]},
        lambda scene: [{"rid": scene.room["_id"], "count": 20}],
    ),
    "rooms/get": Example([_room(is_moment)], lambda scene: []),
    "subscriptions/get": Example([_subscription(is_moment)], lambda scene: []),
    "readMessages": Example(VOID, lambda scene: [scene.room["_id"]]),
}
