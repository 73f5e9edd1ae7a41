"""Examples for lists of rooms, direct rooms and subscriptions: see `doors.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from tests.support.doors_shapes import any_message, channel, room, subscription
from tests.support.example import OK, PAGE, USER, VOID, Example, beside
from tests.support.example import admin as _admin
from tests.support.example import nobody as _nobody
from tests.support.people import said
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.settings import setting
from tests.support.workspace import Json, Person

Given = Callable[[Scene], Any]
KEYS = {"channels": "channel", "groups": "group"}
COUNTERS: Json = {
    **dict.fromkeys(("members", "unreads", "msgs", "userMentions"), int),
    "joined": True,
    "latest": is_date,
    "unreadsFrom": is_date,
}
MESSAGES: Json = {"messages": [any_message(is_date)], **PAGE}
ROLES: Json = {"_id": str, "rid": str, "u": USER, "roles": ["owner"]}
WEBHOOK: Json = {"_id": str, "type": str, "name": str, "channel": list, "_createdBy": USER}


def by_id(scene: Scene) -> Json:
    return {"roomId": scene.room["_id"]}


def _about(scene: Scene) -> bool:
    """Whether a scene is about its own room: one that is closed or missing."""
    return bool(scene.room["t"] != "c")


def _room(family: str) -> Given:
    """A room of the person's with a message in it and the other as a member."""

    def given(scene: Scene) -> Json:
        if _about(scene):
            return by_id(scene)
        members = {"name": fresh("r"), "members": [scene.other.username]}
        made = scene.person.ok("POST", f"v1/{family}.create", members)[KEYS[family]]
        said(scene.person, made, "hello")
        return {"roomId": made["_id"]}

    return given


def _hidden(family: str) -> Given:
    def given(scene: Scene) -> Json:
        found: Json = _room(family)(scene)
        if not _about(scene):
            scene.person.ok("POST", f"v1/{family}.close", found)
        return found

    return given


def _queried(family: str) -> Given:
    return lambda scene: {"query": json.dumps({"_id": _room(family)(scene)["roomId"]})}


def _moderated(family: str) -> Given:
    """With the other as its moderator."""

    def given(scene: Scene) -> Json:
        found: Json = _room(family)(scene)
        match = {"rid": found["roomId"], "u._id": scene.other.id}
        rows = scene.workspace.database["rocketchat_subscription"]
        rows.update_one(match, {"$set": {"roles": ["moderator"]}})
        return found

    return given


def _watched(family: str) -> Given:
    """With a webhook."""

    def given(scene: Scene) -> Json:
        found: Json = _room(family)(scene)
        rooms = scene.workspace.database["rocketchat_room"]
        stored = rooms.find_one({"_id": found["roomId"]}) or {"name": ""}
        maker = {"_id": scene.person.id, "username": scene.person.username}
        hook: Json = {"_id": fresh("i"), "type": "webhook-outgoing", "name": fresh("hook")}
        hook |= {"channel": [f"#{stored['name']}"], "_createdBy": maker, "token": "x"}
        if not _about(scene):
            _invite(scene, family, found["roomId"])
            scene.workspace.database["rocketchat_integrations"].insert_one(hook)
        return found

    return given


def _invite(scene: Scene, family: str, rid: str) -> None:
    """The admin, who may manage webhooks."""
    given = {"roomId": rid, "userId": scene.workspace.admin.id}
    scene.person.ok("POST", f"v1/{family}.invite", given)


def _direct(scene: Scene, other: Person | None = None) -> Json:
    """The person's direct room with the other, and a message of theirs in it."""
    if _about(scene):
        return by_id(scene)
    given = {"username": (other or scene.other).username}
    made: Json = scene.person.ok("POST", "v1/im.create", given)["room"]
    said(scene.person, made, "hello")
    return {"roomId": made["_id"]}


def _open_direct(scene: Scene) -> Json:
    found = _direct(scene)
    if not _about(scene):
        scene.person.ok("POST", "v1/im.open", found)
    return found


def _with_admin(scene: Scene) -> Json:
    return _direct(scene, scene.workspace.admin)


def _allowed(name: str) -> Callable[[Scene], AbstractContextManager[object]]:
    return lambda scene: setting(scene.workspace, name, True)


def _family(family: str) -> dict[str, Example]:
    one, given = KEYS[family], _room(family)
    whole = {**channel(is_date), "t": family[0] if family == "channels" else "p"}
    return {
        f"GET v1/{family}.info": Example({one: whole, **OK}, given),
        f"GET v1/{family}.history": Example({"messages": [any_message(is_date)], **OK}, given),
        f"GET v1/{family}.messages": Example(MESSAGES, given),
        f"GET v1/{family}.members": Example({"members": [{**USER, "status": str}], **PAGE}, given),
        f"GET v1/{family}.online": Example({"online": list, **OK}, _queried(family)),
        f"GET v1/{family}.roles": Example({"roles": [ROLES], **OK}, given),
        f"GET v1/{family}.moderators": Example({"moderators": [USER], **OK}, _moderated(family)),
        f"GET v1/{family}.counters": Example({**COUNTERS, **OK}, given),
        f"GET v1/{family}.getIntegrations": Example(
            {"integrations": [WEBHOOK], **PAGE}, _watched(family), _admin
        ),
        f"POST v1/{family}.open": Example(OK, _hidden(family)),
        f"POST v1/{family}.close": Example(OK, given),
    }


DIRECT: Json = {"_id": str, "t": "d", "uids": [str], "usernames": [str], "msgs": int}
MADE: Json = {"_id": str, "rid": str, "t": "d", "usernames": [str]}
IM: dict[str, Example] = {
    "POST v1/im.create": Example(
        {"room": MADE, **OK}, lambda scene: {"username": scene.workspace.person().username}
    ),
    "POST v1/im.delete": Example(OK, _with_admin, _admin),
    "POST v1/im.open": Example(OK, _direct),
    "POST v1/im.close": Example(OK, _open_direct),
    "POST v1/im.setTopic": Example(
        {"topic": "T", **OK}, lambda scene: {**_with_admin(scene), "topic": "T"}, _admin
    ),
    "GET v1/im.list": Example({"ims": [DIRECT], **PAGE}, beside(_direct)),
    "GET v1/im.list.everyone": Example({"ims": [DIRECT], **PAGE}, beside(_direct), _admin),
    "GET v1/im.counters": Example({**COUNTERS, **OK}, _direct),
    "GET v1/im.history": Example({"messages": [any_message(is_date)], **OK}, _direct),
    "GET v1/im.members": Example({"members": [{**USER, "status": str}], **PAGE}, _direct),
    "GET v1/im.messages": Example(MESSAGES, _direct),
    "GET v1/im.messages.others": Example(
        MESSAGES, _direct, _admin, around=_allowed("API_Enable_Direct_Message_History_EndPoint")
    ),
}
ANY: Json = {"_id": str, "t": str, "msgs": int, "usersCount": int}
"""A room of any kind: direct ones have no name."""
ITEM: Json = {"_id": str, "name": str, "t": str}


def _selector(scene: Scene) -> Json:
    return {"selector": json.dumps({"name": scene.room.get("name", "")})}


def _noticed(scene: Scene) -> Json:
    return {**by_id(scene), "notifications": {"desktopNotifications": "mentions"}}


def _mentioned(scene: Scene) -> Json:
    """A message that mentions the person."""
    found: Json = _room("channels")(scene)
    if not _about(scene):
        mention = {"$set": {"mentions": [{"_id": scene.person.id, "type": "user"}]}}
        rows = scene.workspace.database["rocketchat_message"]
        rows.update_one({"rid": found["roomId"], "t": {"$exists": False}}, mention)
    return found


REST: dict[str, Example] = {
    **_family("channels"),
    **_family("groups"),
    **IM,
    **{key.replace("v1/im.", "v1/dm."): example for key, example in IM.items()},
    "GET v1/channels.list": Example({"channels": [room(is_date)], **PAGE}),
    "GET v1/channels.list.joined": Example({"channels": [room(is_date)], **PAGE}),
    "GET v1/groups.list": Example({"groups": [room(is_date)], **PAGE}, beside(_room("groups"))),
    "GET v1/groups.listAll": Example(
        {"groups": [room(is_date)], **PAGE},
        beside(_room("groups")),
        _admin,
    ),
    "GET v1/channels.getAllUserMentionsByChannel": Example(
        {"mentions": [any_message(is_date)], **PAGE}, _mentioned
    ),
    "GET v1/channels.anonymousread": Example(
        MESSAGES, by_id, _nobody, around=_allowed("Accounts_AllowAnonymousRead")
    ),
    "GET v1/rooms.info": Example({"room": channel(is_date), **OK}, by_id),
    "GET v1/rooms.nameExists": Example(
        {"exists": True, **OK}, lambda scene: {"roomName": "general"}
    ),
    "GET v1/rooms.get": Example({"update": [{**ANY, "_updatedAt": is_date}], "remove": [], **OK}),
    "GET v1/rooms.adminRooms": Example({"rooms": [{"_id": str, "t": str}], **PAGE}, sender=_admin),
    "GET v1/rooms.adminRooms.getRoom": Example(
        {"_id": str, "t": str, "name": str, "usersCount": int, **OK},
        lambda scene: {"rid": scene.room["_id"]},
        _admin,
        more=True,
    ),
    "GET v1/rooms.autocomplete.adminRooms": Example({"items": [ITEM], **OK}, _selector, _admin),
    "GET v1/rooms.autocomplete.channelAndPrivate": Example({"items": [ITEM], **OK}, _selector),
    "GET v1/rooms.autocomplete.channelAndPrivate.withPagination": Example(
        {"items": [ITEM], "total": int, **OK}, _selector
    ),
    "GET v1/rooms.autocomplete.availableForTeams": Example(
        {"items": [ITEM], **OK}, lambda scene: {"name": scene.room["name"]}
    ),
    "GET v1/subscriptions.get": Example({"update": [subscription(is_date)], "remove": [], **OK}),
    "GET v1/subscriptions.getOne": Example({"subscription": subscription(is_date), **OK}, by_id),
    "POST v1/subscriptions.read": Example(OK, lambda scene: {"rid": scene.room["_id"]}),
    "POST v1/subscriptions.unread": Example(OK, by_id),
    "POST v1/rooms.favorite": Example(OK, lambda scene: {**by_id(scene), "favorite": True}),
    "POST v1/rooms.saveNotification": Example(OK, _noticed),
    "GET v1/chat.ignoreUser": Example(
        OK,
        lambda scene: {"rid": _room("channels")(scene)["roomId"], "userId": scene.other.id},
    ),
}


def _rid(given: Given) -> Given:
    return lambda scene: [given(scene)["roomId"]]


METHODS: dict[str, Example] = {
    "getRoomByTypeAndName": Example(
        room(is_moment), lambda scene: [scene.room["t"], scene.room["name"]]
    ),
    "getRoomIdByNameOrId": Example(str, lambda scene: [scene.room["name"]]),
    "getRoomNameById": Example(str, lambda scene: [scene.room["_id"]]),
    "getRoomById": Example(room(is_moment), lambda scene: [scene.room["_id"]]),
    "roomNameExists": Example(True, lambda scene: ["general"]),
    "getTotalChannels": Example(int, lambda scene: []),
    "channelsList": Example({"channels": [ITEM]}, lambda scene: ["", "public", 500]),
    "getChannelHistory": Example(
        {"messages": [any_message(is_moment)]},
        lambda scene: [{"rid": scene.room["_id"], "count": 20}],
    ),
    "getUserMentionsByChannel": Example(
        [any_message(is_moment)],
        lambda scene: [{**_mentioned(scene), "options": {"limit": 5}}],
    ),
    "getUsersOfRoom": Example(
        {"total": int, "records": [{**USER, "status": str}]},
        lambda scene: [scene.room["_id"], True, {"limit": 5, "skip": 0}, ""],
    ),
    "getRoomRoles": Example([ROLES], lambda scene: [scene.room["_id"]]),
    "createDirectMessage": Example(MADE, lambda scene: [scene.workspace.person().username]),
    "rooms/get": Example([{**ANY, "_updatedAt": is_moment}], lambda scene: []),
    "subscriptions/get": Example([subscription(is_moment)], lambda scene: []),
    "readMessages": Example(VOID, lambda scene: [scene.room["_id"]]),
    "unreadMessages": Example(VOID, lambda scene: [None, scene.room["_id"]]),
    "openRoom": Example(1, _rid(_hidden("channels"))),
    "hideRoom": Example(1, _rid(_room("channels"))),
    "toggleFavorite": Example(1, lambda scene: [*_rid(_room("channels"))(scene), True]),
    "saveNotificationSettings": Example(
        True, lambda scene: [scene.room["_id"], "desktopNotifications", "nothing"]
    ),
    "saveAudioNotificationValue": Example(True, lambda scene: [scene.room["_id"], "beep"]),
    "ignoreUser": Example(
        True,
        lambda scene: [{"rid": _room("channels")(scene)["roomId"], "userId": scene.other.id}],
    ),
}
