"""The one map of the streams: who may read, who may write, and what each fact sends where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.listening import READING_SETTINGS, needed
from contrail.domain.messages import moves_room
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import (
    AnyFact,
    EphemeralMessage,
    MessageSent,
    PermissionChanged,
    RoleChanged,
    RoomChanged,
    SettingChanged,
    StreamWritten,
    SubscriptionChanged,
    UserRoleChanged,
)
from contrail.shapes.people_facts import (
    CustomStatusChanged,
    UserChanged,
    UserDeleted,
    UserRenamed,
    UserStatusChanged,
)
from contrail.shapes.rows import Document

SESSION = "session"
"""What every logged-in connection listens to in its user's audience."""
MEMBER_EVENTS = ("rooms-changed", "subscriptions-changed")
MY_MESSAGES = "__my_messages__"
EVERYONE, MINE = "all", "my-messages"
STATUSES = ("offline", "online", "away", "busy")
"""A status' place is its number on the wire."""
ROOM_MESSAGES, NOTIFY_USER = "stream-room-messages", "stream-notify-user"
NOTIFY_LOGGED, PRIVATE_SETTINGS = "stream-notify-logged", "private-settings-changed"
Rule = Callable[[Instance, Caller, str, list[Any]], str]


@dataclass(frozen=True, slots=True)
class Stream:
    """`read` gives the audience of an event name or raises `not-allowed`.

    `asks` says that the rule looks at roles, so the caller has to be looked up first: for every
    event, or for those that `asking` names.
    """

    read: Rule
    asks: bool = False
    asking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emission:
    """One event to an audience. `{uid}` in `event` stands for each listener's own id.

    `who` narrows the audience: `room` is whoever may still read the room, `members` its members;
    `args` of kind `subscription` and `participation` differ per listener and are made on delivery.
    `needs` are permissions, one of which a listener has to have by then.
    """

    audience: str
    stream: str
    event: str
    args: list[Any] = field(default_factory=list)
    kind: Literal["plain", "subscription", "participation"] = "plain"
    who: Literal["all", "room", "members"] = "all"
    only: str = ""
    origin: str = ""
    needs: Sequence[str] = ()


def refuse() -> ChatError:
    return ChatError("not-allowed")


def _anyone(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
    return EVERYONE


def _nobody(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
    raise refuse()


def _logged(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
    if not caller.logged_in:
        raise refuse()
    return EVERYONE


def _needs(stream: str) -> Rule:
    def rule(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
        permissions = needed(stream, event)
        if permissions and not any(at.allows(caller, permission) for permission in permissions):
            raise refuse()
        return _logged(at, caller, event, extra)

    return rule


def _own(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
    uid = event.split("/", maxsplit=1)[0]
    if not caller.logged_in or uid != caller.uid:
        raise refuse()
    return f"user:{uid}"


def _room(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
    rid = event.split("/", maxsplit=1)[0]
    access_room(at, caller, rid, refuse=refuse())
    return f"room:{rid}"


def _messages(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
    return MINE if event == MY_MESSAGES else _room(at, caller, event, extra)


STREAMS = {
    ROOM_MESSAGES: Stream(_messages, asks=True),
    "stream-notify-room": Stream(_room, asks=True),
    "stream-room-data": Stream(_room, asks=True),
    NOTIFY_USER: Stream(_own),
    NOTIFY_LOGGED: Stream(_needs(NOTIFY_LOGGED), asking=(PRIVATE_SETTINGS,)),
    "stream-roles": Stream(_logged),
    "stream-user-presence": Stream(_logged),
    "stream-notify-all": Stream(_anyone),
    "stream-importers": Stream(_anyone),
    "stream-apps": Stream(_anyone),
    "stream-notify-room-users": Stream(_nobody),
    "stream-stdout": Stream(_needs("stream-stdout"), asks=True),
    "stream-integrationHistory": Stream(_needs("stream-integrationHistory"), asks=True),
}


def emissions(fact: AnyFact) -> Sequence[Emission]:
    """What a fact sends where."""
    if isinstance(fact, MessageSent):
        return message_emissions(fact.message, fact.room)
    if isinstance(fact, SubscriptionChanged):
        return _of_subscription(fact)
    if isinstance(fact, RoomChanged):
        return _of_room(fact.room["_id"], [fact.action, room_shown(fact.room)])
    if isinstance(fact, StreamWritten):
        here = f"room:{fact.room['_id']}"
        sent = Emission(here, fact.stream, fact.event, fact.args, who="room", origin=fact.origin)
        return [sent]
    if isinstance(fact, EphemeralMessage):
        name = f"{fact.uid}/message"
        return [Emission(f"user:{fact.uid}", NOTIFY_USER, name, [fact.message])]
    if isinstance(fact, UserChanged):
        return [_own_data(fact.uid, fact.diff, fact.unset)]
    if isinstance(fact, UserStatusChanged):
        return _of_status(fact.user)
    if isinstance(fact, UserRenamed | UserDeleted | CustomStatusChanged):
        return _of_people(fact)
    if isinstance(fact, SettingChanged):
        return _of_setting(fact)
    return _of_roles(fact)


def message_emissions(message: Document, room: Document) -> list[Emission]:
    rid = message["rid"]
    here = f"room:{rid}"
    sent = [
        Emission(here, ROOM_MESSAGES, rid, [message], who="room"),
        *_of_room(rid, ["updated", room_shown(room)]),
    ]
    if moves_room(message):
        name = "{uid}/subscriptions-changed"
        sent.append(Emission(here, NOTIFY_USER, name, kind="subscription", who="members"))
    mine = Emission(MINE, ROOM_MESSAGES, MY_MESSAGES, [message], kind="participation", who="room")
    return [*sent, mine]


def _of_room(rid: str, args: list[Any]) -> list[Emission]:
    here = f"room:{rid}"
    return [
        Emission(here, NOTIFY_USER, "{uid}/rooms-changed", args, who="members"),
        Emission(here, "stream-room-data", rid, args[1:], who="room"),
    ]


def _of_subscription(fact: SubscriptionChanged) -> list[Emission]:
    row = fact.subscription
    uid, rid = row["u"]["_id"], row["rid"]
    where = f"user:{uid}" if fact.action == "removed" else f"room:{rid}"
    name = f"{uid}/subscriptions-changed"
    sent = [Emission(where, NOTIFY_USER, name, [fact.action, row], only=uid)]
    if fact.action == "inserted" and fact.room is not None:
        name = f"{uid}/rooms-changed"
        sent.append(Emission(where, NOTIFY_USER, name, ["inserted", fact.room], only=uid))
    return sent


def _own_data(uid: str, diff: Document, unset: Sequence[str] = ()) -> Emission:
    data = {"type": "updated", "id": uid, "diff": diff, "unset": dict.fromkeys(unset, 1)}
    return Emission(f"user:{uid}", NOTIFY_USER, f"{uid}/userData", [data])


def _of_status(user: Document) -> list[Emission]:
    text = user.get("statusText") or ""
    shown = [user["_id"], user.get("username"), STATUSES.index(user["status"]), text]
    shown += [user.get("name"), user.get("roles") or []]
    sent = [_own_data(user["_id"], {"status": user["status"], "statusText": text})]
    if user.get("username"):
        sent.append(Emission(EVERYONE, "stream-notify-logged", "user-status", [shown]))
    return sent


def _of_people(fact: UserRenamed | UserDeleted | CustomStatusChanged) -> list[Emission]:
    """What everyone who is logged in hears of people."""
    if isinstance(fact, UserRenamed):
        data = {"_id": fact.uid, "name": fact.name, "username": fact.username}
        return [Emission(EVERYONE, "stream-notify-logged", "Users:NameChanged", [data])]
    if isinstance(fact, CustomStatusChanged):
        name = ("update" if fact.action == "updated" else "delete") + "CustomUserStatus"
        status = {"userStatusData": fact.status}
        return [Emission(EVERYONE, "stream-notify-logged", name, [status])]
    if fact.erasure == "Keep":
        return []
    gone: Document = {"userId": fact.uid, "messageErasureType": fact.erasure}
    if fact.replaced_by:
        gone["replaceByUser"] = fact.replaced_by
    return [Emission(EVERYONE, "stream-notify-logged", "Users:Deleted", [gone])]


def _of_setting(fact: SettingChanged) -> list[Emission]:
    row = fact.setting
    # Who may only manage selected settings hears of those.
    needs = (*READING_SETTINGS[:2], f"change-setting-{row['_id']}")
    sent = [Emission(EVERYONE, NOTIFY_LOGGED, PRIVATE_SETTINGS, [fact.action, row], needs=needs)]
    if row.get("public"):
        names = ("_id", "value", "editor", "properties", "enterprise", "requiredOnWizard")
        args = [fact.action, {key: row[key] for key in names if key in row}]
        sent.append(Emission(EVERYONE, "stream-notify-all", "public-settings-changed", args))
    return sent


def _of_roles(fact: PermissionChanged | RoleChanged | UserRoleChanged) -> list[Emission]:
    if isinstance(fact, PermissionChanged):
        args: list[Any] = ["updated", fact.permission]
        return [Emission(EVERYONE, NOTIFY_LOGGED, "permissions-changed", args)]
    if isinstance(fact, RoleChanged):
        args = [{"type": fact.action, **fact.role}]
        return [Emission(EVERYONE, "stream-roles", "roles", args)]
    told = {"type": fact.action, "_id": fact.role, "u": fact.user, "scope": fact.scope}
    args = [{key: value for key, value in told.items() if value is not None}]
    return [Emission(EVERYONE, NOTIFY_LOGGED, "roles-change", args)]
