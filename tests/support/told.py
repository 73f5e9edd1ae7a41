"""Every event of every stream: what causes it, or which service it waits for.

In event names RID is the scene's room, UID its listener, OTHER the other member.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.people import made
from tests.support.scene import fresh, invoke
from tests.support.workspace import Json, Person, Workspace

MESSAGES, ROOM, USER = "stream-room-messages", "stream-notify-room", "stream-notify-user"
LOGGED, ALL = "stream-notify-logged", "stream-notify-all"


@dataclass(frozen=True)
class Stage:
    """`listener` is told, `other` is in the same room and does things."""

    workspace: Workspace
    listener: Person
    other: Person
    rid: str

    def say(self, text: str = "hello") -> Json:
        message = {"message": {"rid": self.rid, "msg": text}}
        return dict(self.other.ok("POST", "v1/chat.sendMessage", message)["message"])

    def write(self, stream: str, event: str, *args: Any) -> None:
        """As the other's client does it."""
        assert invoke(self.workspace, self.other, stream, [event, *args]) == {}

    def admin(self, path: str, **given: Any) -> Json:
        return self.workspace.admin.ok("POST", f"v1/{path}", given)


@dataclass(frozen=True)
class Told:
    """`by` causes it, and `args` is the shape of what is told; an admin listens if `admin`.

    After one that is the `last` the listener is logged in no more.
    """

    by: Callable[[Stage], object]
    args: list[Any] = field(default_factory=list)
    admin: bool = False
    last: bool = False
    params: Callable[[Stage], list[Any]] = lambda _: [False]


def _activity(stage: Stage) -> None:
    stage.write(ROOM, f"{stage.rid}/user-activity", stage.other.username, ["user-typing"])


def _delete(stage: Stage) -> None:
    stage.admin("chat.delete", roomId=stage.rid, msgId=stage.say()["_id"])


def _prune(stage: Stage) -> None:
    stage.say()
    times = {"oldest": "2020-01-01T00:00:00.000Z", "latest": "2100-01-01T00:00:00.000Z"}
    stage.admin("rooms.cleanHistory", roomId=stage.rid, **times)


def _ask_for_keys(stage: Stage) -> None:
    encrypted = {"$set": {"encrypted": True, "e2eKeyId": "key-id"}}
    stage.workspace.database["rocketchat_room"].update_one({"_id": stage.rid}, encrypted)
    invoke(stage.workspace, stage.other, "e2e.requestSubscriptionKeys", [])


def _add_again(stage: Stage) -> None:
    given = {"rid": stage.rid, "users": [stage.other.username]}
    invoke(stage.workspace, stage.listener, "addUsersToRoom", [given])


def _rename(stage: Stage) -> None:
    data = {"name": fresh("Name "), "username": fresh("u")}
    stage.admin("users.update", userId=stage.listener.id, data=data)


def _log_out_others(stage: Stage) -> None:
    elsewhere = stage.workspace.login(stage.listener.username, "secret")
    elsewhere.ok("POST", "v1/users.logoutOtherClients")


def _signal(name: str) -> Callable[[Stage], None]:
    return lambda stage: stage.write(USER, f"{stage.listener.id}/{name}", "deny", {"x": 1})


def _suggest_key(stage: Stage) -> None:
    event = f"{stage.rid}/e2ekeyRequest"
    stage.write("stream-notify-room-users", event, stage.rid, "key-id")


def _link(stage: Stage) -> None:
    given = {"rid": stage.rid, "days": 1, "maxUses": 5}
    stage.listener.ok("POST", "v1/findOrCreateInvite", given)


def _status(stage: Stage) -> None:
    stage.workspace.settle()
    stage.listener.ok("POST", "v1/users.setStatus", {"status": "busy", "message": fresh("at ")})


def _delete_user(stage: Stage) -> None:
    gone = made(stage.workspace)
    stage.admin("users.delete", userId=gone["_id"])


def _give_role(stage: Stage) -> None:
    given = {"roomId": stage.rid, "userId": stage.other.id}
    stage.listener.ok("POST", "v1/channels.addModerator", given)


def _permission(stage: Stage) -> None:
    listed = stage.workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    roles = next(one["roles"] for one in listed if one["_id"] == "mute-user")
    stage.admin("permissions.update", permissions=[{"_id": "mute-user", "roles": roles}])


def _setting(stage: Stage) -> None:
    found = stage.workspace.database["rocketchat_settings"].find_one({"_id": "Site_Name"}) or {}
    stage.admin("settings/Site_Name", value=found["value"])


def _custom_status(stage: Stage) -> Json:
    given = {"name": fresh("s"), "statusType": "busy"}
    return dict(stage.admin("custom-user-status.create", **given)["customUserStatus"])


def _no_custom_status(stage: Stage) -> None:
    stage.admin("custom-user-status.delete", customUserStatusId=_custom_status(stage)["_id"])


def _role(stage: Stage) -> None:
    role = {"_id": fresh("r"), "scope": "Users", "protected": False, "description": ""}
    stage.workspace.database["rocketchat_roles"].insert_one({**role, "name": role["_id"]})
    stage.admin("roles.delete", roleId=role["_id"])


MESSAGE = {"_id": str, "rid": str, "msg": str, "u": {"_id": str, "username": str}, "md": list}
NOTIFICATION = {
    "title": str,
    "text": str,
    "payload": {"_id": str, "rid": str, "type": "c", "sender": dict, "message": {"msg": str}},
}
PRUNED = {"rid": str, "excludePinned": bool, "ignoreDiscussion": bool, "ts": dict, "users": list}

EVENTS: dict[tuple[str, str], Told] = {
    (MESSAGES, "RID"): Told(Stage.say, [MESSAGE]),
    (MESSAGES, "__my_messages__"): Told(
        Stage.say, [MESSAGE, {"roomParticipant": True, "roomType": "c", "roomName": str}]
    ),
    (ROOM, "RID/user-activity"): Told(_activity, [str, ["user-typing"]]),
    (ROOM, "RID/typing"): Told(_activity, [str, True]),
    (ROOM, "RID/webrtc"): Told(lambda s: s.write(ROOM, f"{s.rid}/webrtc", {"on": 1}), [{"on": 1}]),
    (ROOM, "RID/deleteMessage"): Told(_delete, [{"_id": str}]),
    (ROOM, "RID/deleteMessageBulk"): Told(_prune, [PRUNED]),
    (ROOM, "RID/e2e.keyRequest"): Told(_ask_for_keys, ["key-id"]),
    (USER, "UID/rooms-changed"): Told(Stage.say, ["updated", {"_id": str, "lastMessage": MESSAGE}]),
    (USER, "UID/subscriptions-changed"): Told(Stage.say, ["updated", {"rid": str, "alert": True}]),
    (USER, "UID/message"): Told(_add_again, [{"_id": str, "rid": str, "private": True, "u": dict}]),
    (USER, "UID/notification"): Told(Stage.say, [NOTIFICATION]),
    (USER, "UID/userData"): Told(
        _rename, [{"type": "updated", "id": str, "diff": {"name": str, "username": str}}]
    ),
    (USER, "UID/force_logout"): Told(_log_out_others, last=True),
    (USER, "UID/e2ekeyRequest"): Told(_suggest_key, [str, "key-id"]),
    (USER, "UID/webrtc"): Told(_signal("webrtc"), ["deny", {"x": 1}]),
    (USER, "UID/otr"): Told(_signal("otr"), ["deny", {"x": 1}]),
    (USER, "UID/updateInvites"): Told(_link, [{"invite": dict}]),
    (LOGGED, "user-status"): Told(
        _status, [lambda told: [type(one) for one in told] == [str, str, int, str, str, list]]
    ),
    (LOGGED, "Users:NameChanged"): Told(_rename, [{"_id": str, "name": str, "username": str}]),
    (LOGGED, "Users:Deleted"): Told(_delete_user, [{"userId": str, "messageErasureType": str}]),
    (LOGGED, "roles-change"): Told(
        _give_role, [{"type": "added", "_id": "moderator", "u": {"_id": str}, "scope": str}]
    ),
    (LOGGED, "permissions-changed"): Told(_permission, ["updated", {"_id": str, "roles": list}]),
    (LOGGED, "private-settings-changed"): Told(
        _setting, ["updated", {"_id": "Site_Name", "value": str}], admin=True
    ),
    (LOGGED, "updateCustomUserStatus"): Told(
        _custom_status, [{"userStatusData": {"_id": str, "name": str, "statusType": "busy"}}]
    ),
    (LOGGED, "deleteCustomUserStatus"): Told(
        _no_custom_status, [{"userStatusData": {"_id": str, "name": str, "statusType": "busy"}}]
    ),
    (ALL, "public-settings-changed"): Told(_setting, ["updated", {"_id": "Site_Name"}]),
    (ALL, "public-info"): Told(
        _setting, [lambda told: told[0] == "public-settings-changed" and told[1][0] == "updated"]
    ),
    ("stream-roles", "roles"): Told(_role, [{"type": "removed", "_id": str}]),
    ("stream-room-data", "RID"): Told(Stage.say, [{"_id": str, "t": "c", "usersCount": int}]),
    ("stream-user-presence", ""): Told(
        _status,
        [lambda told: told[1] == 3 and len(told) == 3],
        params=lambda s: [{"added": [s.listener.id]}],
    ),
}

PICTURES = "told, as tests/upload show: avatars, emoji, sounds"
OMNICHANNEL, CALLS, VOIP = "omnichannel", "video conferences", "voip"
APPS, IMPORTS, BANNERS = "the apps engine", "imports", "banners"
NOBODY = "nobody may read it"
WAITING: dict[tuple[str, str], str] = {
    (ROOM, "RID/messagesRead"): "told where receipts are on, as test_receipts_told.py shows",
    (ROOM, "RID/messagesImported"): IMPORTS,
    (ROOM, "RID/videoconf"): CALLS,
    (USER, "UID/webdav"): "files of other servers",
    (USER, "UID/voip.events"): VOIP,
    (USER, "UID/call.hangup"): VOIP,
    (USER, "UID/uiInteraction"): APPS,
    (USER, "UID/video-conference"): CALLS,
    (USER, "UID/departmentAgentData"): OMNICHANNEL,
    (USER, "UID/calendar"): "the calendar",
    (USER, "UID/banners"): BANNERS,
    (LOGGED, "updateAvatar"): PICTURES,
    (LOGGED, "updateEmojiCustom"): PICTURES,
    (LOGGED, "deleteEmojiCustom"): PICTURES,
    (LOGGED, "new-banner"): BANNERS,
    (LOGGED, "banner-changed"): BANNERS,
    (LOGGED, "voip.statuschanged"): VOIP,
    (LOGGED, "omnichannel.priority-changed"): OMNICHANNEL,
    (LOGGED, "X/otr"): "nothing emits it",
    (LOGGED, "X/webrtc"): "nothing emits it",
    (ALL, "updateCustomSound"): PICTURES,
    (ALL, "deleteCustomSound"): PICTURES,
    (ALL, "license"): "licences",
    ("stream-notify-room-users", "RID/webrtc"): NOBODY,
    ("stream-livechat-room", "RID"): OMNICHANNEL,
    ("stream-livechat-inquiry-queue-observer", "public"): OMNICHANNEL,
    ("stream-livechat-inquiry-queue-observer", "department/ID"): OMNICHANNEL,
    ("stream-livechat-inquiry-queue-observer", "INQUIRY"): OMNICHANNEL,
    ("stream-canned-responses", "canned-responses"): OMNICHANNEL,
    ("stream-integrationHistory", "INTEGRATION"): "integrations",
    ("stream-importers", "progress"): IMPORTS,
    ("stream-stdout", "stdout"): "the log in the workspace's administration",
    **{
        ("stream-apps", event): APPS
        for event in (
            *("app/added", "app/removed", "app/updated", "app/statusUpdate", "app/settingUpdated"),
            *("command/added", "command/disabled", "command/updated", "command/removed"),
            *("actions/changed", "apps"),
        )
    },
    ("stream-apps-engine", "app/added"): NOBODY,
    ("stream-local", "broadcast"): NOBODY,
}
"""Events that nothing can cause yet, and why."""
