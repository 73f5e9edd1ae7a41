"""Every way in which someone loses a room or a login."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.scene import fresh
from tests.support.told import Stage
from tests.support.workspace import Json


@dataclass(frozen=True)
class Removal:
    """`who` of a stage does it by an endpoint (`v1/…`) or a method; `given` is what they give.

    `victim` uses the listening connection for methods, `elsewhere` another login of theirs.
    """

    who: str
    way: str
    given: Callable[[Stage], Any] = lambda _: {}


def _room(stage: Stage) -> Json:
    return {"roomId": stage.rid}


def _both(stage: Stage) -> Json:
    return {"roomId": stage.rid, "userId": stage.listener.id}


def _named(stage: Stage) -> list[Any]:
    return [{"rid": stage.rid, "username": stage.listener.username}]


def _rid(stage: Stage) -> list[Any]:
    return [stage.rid]


def _command(name: str, params: Callable[[Stage], str]) -> Callable[[Stage], Any]:
    return lambda stage: {"command": name, "params": params(stage), **_room(stage)}


def _command_method(name: str, params: Callable[[Stage], str]) -> Callable[[Stage], Any]:
    def given(stage: Stage) -> list[Any]:
        message = {"_id": fresh("m"), "rid": stage.rid}
        return [{"cmd": name, "params": params(stage), "msg": message, "triggerId": "t"}]

    return given


def _handle(stage: Stage) -> str:
    return f"@{stage.listener.username}"


def _nothing(_: Stage) -> str:
    return ""


LEAVING = {
    "kick, group": Removal("owner", "v1/groups.kick", _both),
    "kick, method": Removal("owner", "removeUserFromRoom", _named),
    "kick, command": Removal("owner", "v1/commands.run", _command("kick", _handle)),
    "kick, slash": Removal("owner", "slashCommand", _command_method("kick", _handle)),
    "leave, group": Removal("victim", "v1/groups.leave", _room),
    "leave, room": Removal("victim", "v1/rooms.leave", _room),
    "leave, method": Removal("victim", "leaveRoom", _rid),
    "leave, command": Removal("victim", "v1/commands.run", _command("leave", _nothing)),
}
"""Of a private room."""

OUTSIDE = {
    "kick, channel": Removal("owner", "v1/channels.kick", _both),
    "leave, channel": Removal("victim", "v1/channels.leave", _room),
}
"""Of a public room, into which whoever was in it may go on looking."""

ENDING = {
    "group": Removal("owner", "v1/groups.delete", _room),
    "room": Removal("owner", "v1/rooms.delete", _room),
    "method": Removal("owner", "eraseRoom", _rid),
}

CLOSING = {
    "channels.setType": Removal(
        "owner", "v1/channels.setType", lambda s: {"roomId": s.rid, "type": "p"}
    ),
    "rooms.saveRoomSettings": Removal(
        "owner", "v1/rooms.saveRoomSettings", lambda s: {"rid": s.rid, "roomType": "p"}
    ),
    "saveRoomSettings": Removal("owner", "saveRoomSettings", lambda s: [s.rid, "roomType", "p"]),
}
"""A public room becomes private: whoever looked into it is outside."""


def _revoked(stage: Stage) -> Json:
    listed = stage.workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    roles = {row["_id"]: row["roles"] for row in listed}
    less = {name: [one for one in roles[name] if one != "user"] for name in SEEING}
    return {"permissions": [{"_id": name, "roles": less[name]} for name in SEEING]}


SEEING = ("view-c-room", "view-joined-room")
"""Permissions, either of which it takes to see a public room that one is in."""
REVOKING = {
    "permissions.update": Removal("admin", "v1/permissions.update", _revoked),
    "removeRoleFromPermission": Removal(
        "admin", "authorization:removeRoleFromPermission", lambda _: ["view-c-room", "user"]
    ),
}
"""The role of everybody loses the right to see public rooms."""

ROLE = "watching"


def _as_user(stage: Stage) -> Json:
    return {"userId": stage.listener.id, "data": {"roles": ["user"]}}


TAKING = {
    "roles.removeUserFromRole": Removal(
        "admin",
        "v1/roles.removeUserFromRole",
        lambda s: {"roleId": ROLE, "username": s.listener.username},
    ),
    "removeUserFromRole": Removal(
        "admin", "authorization:removeUserFromRole", lambda s: [ROLE, s.listener.username]
    ),
    "users.update": Removal("admin", "v1/users.update", _as_user),
    "insertOrUpdateUser": Removal(
        "admin", "insertOrUpdateUser", lambda s: [{"_id": s.listener.id, "roles": ["user"]}]
    ),
}
"""The listener loses the role ROLE."""


def _whom(stage: Stage) -> Json:
    return {"userId": stage.listener.id}


def _password(stage: Stage) -> Json:
    return {**_whom(stage), "data": {"password": fresh("new-")}}


def _own_password(_: Stage) -> Json:
    return {"data": {"newPassword": fresh("new-"), "currentPassword": SECRET}}


SECRET = hashlib.sha256(b"secret").hexdigest()
LOGGING_OUT = {
    "logout": Removal("victim", "v1/logout"),
    "logout, method": Removal("victim", "logout", lambda _: []),
    "own users.logout": Removal("victim", "v1/users.logout"),
    "users.logout": Removal("admin", "v1/users.logout", _whom),
    "users.logoutOtherClients": Removal("elsewhere", "v1/users.logoutOtherClients"),
    "logoutOtherClients": Removal("elsewhere", "logoutOtherClients", lambda _: []),
    "users.removeOtherTokens": Removal("elsewhere", "v1/users.removeOtherTokens"),
    "removeOtherTokens": Removal("elsewhere", "removeOtherTokens", lambda _: []),
    "users.update": Removal("admin", "v1/users.update", _password),
    "users.updateOwnBasicInfo": Removal("elsewhere", "v1/users.updateOwnBasicInfo", _own_password),
    "users.resetE2EKey": Removal("admin", "v1/users.resetE2EKey", _whom),
    "users.setActiveStatus": Removal(
        "admin",
        "v1/users.setActiveStatus",
        lambda s: {**_whom(s), "activeStatus": False, "confirmRelinquish": True},
    ),
    "setUserActiveStatus": Removal(
        "admin", "setUserActiveStatus", lambda s: [s.listener.id, False, True]
    ),
    "users.delete": Removal("admin", "v1/users.delete", _whom),
    "deleteUser": Removal("admin", "deleteUser", lambda s: [s.listener.id, True]),
    "users.deleteOwnAccount": Removal(
        "victim", "v1/users.deleteOwnAccount", lambda _: {"password": SECRET}
    ),
    "deleteUserOwnAccount": Removal("victim", "deleteUserOwnAccount", lambda _: [SECRET, True]),
}
PERSONAL = {
    "users.removePersonalAccessToken": Removal(
        "victim", "v1/users.removePersonalAccessToken", lambda _: {"tokenName": "bot"}
    ),
    "users.regeneratePersonalAccessToken": Removal(
        "victim", "v1/users.regeneratePersonalAccessToken", lambda _: {"tokenName": "bot"}
    ),
    "personalAccessTokens:removeToken": Removal(
        "elsewhere", "personalAccessTokens:removeToken", lambda _: [{"tokenName": "bot"}]
    ),
}
"""The listener is logged in with the personal access token `bot`."""
