"""Examples for what makes and changes rooms: see `doors.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.doors_shapes import channel, room
from tests.support.example import OK, USER, VOID, Example
from tests.support.example import admin as _admin
from tests.support.people import direct
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.settings import put
from tests.support.workspace import Json, Person

Given = Callable[[Scene], Any]
SHAPES: Json = {"c": channel(is_date), "p": {**channel(is_date), "t": "p"}}
KEYS = {"c": "channel", "p": "group"}


def other_channel(scene: Scene) -> Json:
    """A channel to join: a new one where the scene's own has the person in it already."""
    if scene.room["t"] == "c":
        return {"roomId": scene.workspace.channel(scene.workspace.person())["_id"]}
    return {"roomId": scene.room["_id"]}


def _made(scene: Scene, kind: str, owner: Person, *members: Person) -> str:
    """The id of a new room, or of the one that a scene is about which is closed or missing."""
    if scene.room["t"] != "c":
        return str(scene.room["_id"])
    given = {"name": fresh(kind), "members": [one.username for one in members]}
    made = owner.ok("POST", f"v1/{KEYS[kind]}s.create", given)[KEYS[kind]]
    return str(made["_id"])


def _mine(scene: Scene, kind: str = "c") -> str:
    """A room of the person's, with the other in it."""
    return _made(scene, kind, scene.person, scene.other)


def _visited(scene: Scene, kind: str = "c") -> str:
    """A room of someone else's that the person is in."""
    return _made(scene, kind, scene.other, scene.person)


def _with_role(scene: Scene, kind: str, role: str) -> Json:
    """A room of the person's where the other has a role, and the other."""
    rid = _mine(scene, kind)
    match = {"rid": rid, "u._id": scene.other.id}
    rows = scene.workspace.database["rocketchat_subscription"]
    rows.update_one(match, {"$addToSet": {"roles": role}})
    return {"roomId": rid, "userId": scene.other.id}


def _archived(scene: Scene, kind: str, owner: Person) -> str:
    rid = _made(scene, kind, owner)
    rooms = scene.workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid, "t": kind}, {"$set": {"archived": True}})
    return rid


def _crowded(scene: Scene, kind: str) -> str:
    """A room of the admin's, where as many may be added as there are: tests make many people."""
    put(scene.workspace, "API_User_Limit", 100_000)
    return _made(scene, kind, scene.workspace.admin)


def _setting(kind: str, **fields: Any) -> Given:
    return lambda scene: {"roomId": _mine(scene, kind), **fields}


def _holding(kind: str, role: str) -> Given:
    return lambda scene: _with_role(scene, kind, role)


def _rest(kind: str) -> dict[str, Example]:
    """The examples that channels and groups have alike."""
    family, answer = f"{KEYS[kind]}s", {KEYS[kind]: SHAPES[kind], **OK}
    admins = {KEYS[kind]: SHAPES[kind], **OK}
    examples = {
        "create": Example(answer, lambda scene: {"name": fresh(kind)}),
        "addAll": Example(admins, lambda scene: {"roomId": _crowded(scene, kind)}, _admin),
        "archive": Example(OK, _setting(kind)),
        "unarchive": Example(
            OK, lambda scene: {"roomId": _archived(scene, kind, scene.workspace.admin)}, _admin
        ),
        "delete": Example(OK, _setting(kind)),
        "invite": Example(
            answer,
            lambda scene: {
                "roomId": _made(scene, kind, scene.person),
                "usernames": [scene.other.username],
            },
        ),
        "kick": Example(
            answer, lambda scene: {"roomId": _mine(scene, kind), "userId": scene.other.id}
        ),
        "leave": Example(answer, lambda scene: {"roomId": _visited(scene, kind)}),
        "rename": Example(
            answer, lambda scene: {"roomId": _mine(scene, kind), "name": fresh(kind)}
        ),
        "setAnnouncement": Example({"announcement": "A", **OK}, _setting(kind, announcement="A")),
        "setCustomFields": Example(answer, _setting(kind, customFields={"a": {"b": 1}})),
        "setDescription": Example({"description": "D", **OK}, _setting(kind, description="D")),
        "setPurpose": Example({"purpose": "P", **OK}, _setting(kind, purpose="P")),
        "setReadOnly": Example(answer, _setting(kind, readOnly=True)),
        "setTopic": Example({"topic": "T", **OK}, _setting(kind, topic="T")),
        "setType": Example(
            {KEYS[kind]: SHAPES["p" if kind == "c" else "c"], **OK},
            _setting(kind, type="p" if kind == "c" else "c"),
        ),
    }
    for role in ("Leader", "Moderator", "Owner"):
        examples[f"add{role}"] = Example(
            OK, lambda scene: {"roomId": _mine(scene, kind), "userId": scene.other.id}
        )
        examples[f"remove{role}"] = Example(OK, _holding(kind, role.lower()))
    return {f"POST v1/{family}.{name}": example for name, example in examples.items()}


REST: dict[str, Example] = {
    **_rest("c"),
    **_rest("p"),
    "POST v1/channels.join": Example({"channel": SHAPES["c"], **OK}, other_channel),
    "POST v1/channels.setDefault": Example(
        {"channel": SHAPES["c"], **OK},
        lambda scene: {"roomId": _made(scene, "c", scene.workspace.admin), "default": True},
        _admin,
    ),
    "POST v1/channels.setJoinCode": Example(
        {"channel": SHAPES["c"], **OK}, _setting("c", joinCode="123")
    ),
    "POST v1/groups.setEncrypted": Example(
        {"group": SHAPES["p"], **OK}, _setting("p", encrypted=False)
    ),
    "POST v1/rooms.changeArchivationState": Example(
        OK, lambda scene: {"rid": _mine(scene), "action": "archive"}
    ),
    "POST v1/rooms.delete": Example(OK, lambda scene: {"roomId": _mine(scene)}),
    "POST v1/rooms.leave": Example(OK, lambda scene: {"roomId": _visited(scene)}),
    "POST v1/rooms.muteUser": Example(
        OK, lambda scene: {"roomId": _mine(scene), "userId": scene.other.id}
    ),
    "POST v1/rooms.unmuteUser": Example(
        OK, lambda scene: {"roomId": _mine(scene), "username": scene.other.username}
    ),
    "POST v1/rooms.saveRoomSettings": Example(
        {"rid": str, **OK}, lambda scene: {"rid": _mine(scene), "roomTopic": "T", "readOnly": True}
    ),
}


def _named(scene: Scene, rid: str) -> list[Json]:
    return [{"rid": rid, "username": scene.other.username}]


def _blocking(scene: Scene) -> list[Json]:
    if scene.room["t"] != "c":
        return [{"rid": scene.room["_id"], "blocked": scene.other.id}]
    other = scene.workspace.person()
    return [{"rid": direct(scene.workspace, scene.person, other)["_id"], "blocked": other.id}]


def _made_by_method(kind: str) -> Example:
    shape = {**room(is_moment), "rid": str, "inserted": True, "u": USER, "t": kind}
    return Example(shape, lambda scene: [fresh(kind), [scene.other.username], False])


def _ending(role: str) -> Given:
    return lambda scene: list(_with_role(scene, "c", role).values())


METHODS: dict[str, Example] = {
    "createChannel": _made_by_method("c"),
    "createPrivateGroup": _made_by_method("p"),
    "joinRoom": Example(True, lambda scene: [other_channel(scene)["roomId"]]),
    "leaveRoom": Example(VOID, lambda scene: [_visited(scene)]),
    "addUserToRoom": Example(VOID, lambda scene: _named(scene, _made(scene, "c", scene.person))),
    "addUsersToRoom": Example(
        True,
        lambda scene: [{"rid": _made(scene, "p", scene.person), "users": [scene.other.username]}],
    ),
    "addAllUserToRoom": Example(True, lambda scene: [_crowded(scene, "c"), True], _admin),
    "removeUserFromRoom": Example(True, lambda scene: _named(scene, _mine(scene))),
    "archiveRoom": Example(VOID, lambda scene: [_mine(scene)]),
    "unarchiveRoom": Example(
        VOID, lambda scene: [_archived(scene, "c", scene.workspace.admin)], _admin
    ),
    "eraseRoom": Example(True, lambda scene: [_mine(scene)]),
    "saveRoomSettings": Example(
        {"result": True, "rid": str}, lambda scene: [_mine(scene), "roomTopic", "T"]
    ),
    "muteUserInRoom": Example(True, lambda scene: _named(scene, _mine(scene))),
    "unmuteUserInRoom": Example(True, lambda scene: _named(scene, _mine(scene))),
    "blockUser": Example(True, _blocking),
    "unblockUser": Example(True, _blocking),
    **{
        f"addRoom{role}": Example(True, lambda scene: [_mine(scene), scene.other.id])
        for role in ("Leader", "Moderator", "Owner")
    },
    **{
        f"removeRoom{role}": Example(True, _ending(role.lower()))
        for role in ("Leader", "Moderator", "Owner")
    },
}
