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
from contrail.shapes.invite_facts import InviteMade
from contrail.shapes.message_facts import MessagesDeleted
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
NOTIFY_ROOM = "stream-notify-room"
PRESENCE = "stream-user-presence"
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


def _watching(at: Instance, caller: Caller, event: str, extra: list[Any]) -> str:
    """Its listeners are each watched person's own: see `watchers`."""
    _logged(at, caller, event, extra)
    return ""


def watchers(uid: str) -> str:
    """The audience of those who watch someone's presence."""
    return f"presence:{uid}"


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
    NOTIFY_ROOM: Stream(_room, asks=True),
    "stream-room-data": Stream(_room, asks=True),
    NOTIFY_USER: Stream(_own),
    NOTIFY_LOGGED: Stream(_needs(NOTIFY_LOGGED), asking=(PRIVATE_SETTINGS,)),
    "stream-roles": Stream(_logged),
    PRESENCE: Stream(_watching),
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
        return message_emissions(fact.message, fact.room, fact.revision)
    if isinstance(fact, MessagesDeleted):
        return _of_deletion(fact)
    if isinstance(fact, SubscriptionChanged):
        return _of_subscription(fact)
    if isinstance(fact, RoomChanged):
        return _of_change(fact)
    if isinstance(fact, StreamWritten):
        here = f"room:{fact.room['_id']}"
        sent = Emission(here, fact.stream, fact.event, fact.args, who="room", origin=fact.origin)
        return [sent]
    if isinstance(fact, EphemeralMessage):
        name = f"{fact.uid}/message"
        return [Emission(f"user:{fact.uid}", NOTIFY_USER, name, [fact.message])]
    if isinstance(fact, InviteMade):
        args: list[Any] = [{"invite": fact.invite}]
        return [Emission(f"user:{fact.uid}", NOTIFY_USER, f"{fact.uid}/updateInvites", args)]
    if isinstance(fact, UserChanged):
        return [_own_data(fact.uid, fact.diff, fact.unset)]
    if isinstance(fact, UserStatusChanged):
        return _of_status(fact)
    if isinstance(fact, UserRenamed | UserDeleted | CustomStatusChanged):
        return _of_people(fact)
    if isinstance(fact, SettingChanged):
        return _of_setting(fact)
    return _of_roles(fact)


def message_emissions(message: Document, room: Document, revision: int) -> list[Emission]:
    """A message that was hidden is gone, for all that anyone is shown."""
    rid = message["rid"]
    if message.get("_hidden"):
        return _gone(rid, "deleteMessage", {"_id": message["_id"]}, room)
    here = f"room:{rid}"
    sent = [
        Emission(here, ROOM_MESSAGES, rid, [message], who="room"),
        *_of_room(rid, ["updated", room_shown(room)]),
    ]
    if revision == 1 and (moves_room(message) or message.get("tmid")):
        sent.append(_each_subscription(rid))
    mine = Emission(MINE, ROOM_MESSAGES, MY_MESSAGES, [message], kind="participation", who="room")
    return [*sent, mine]


def _of_deletion(fact: MessagesDeleted) -> list[Emission]:
    if fact.pruned is None:
        return _gone(fact.room["_id"], "deleteMessage", {"_id": fact.ids[0]}, fact.room)
    told = {"rid": fact.room["_id"], **fact.pruned, "ids": list(fact.ids)}
    return _gone(fact.room["_id"], "deleteMessageBulk", told, fact.room)


def _gone(rid: str, event: str, what: Document, room: Document) -> list[Emission]:
    here = Emission(f"room:{rid}", NOTIFY_ROOM, f"{rid}/{event}", [what], who="room")
    return [here, *_of_room(rid, ["updated", room_shown(room)])]


def _of_change(fact: RoomChanged) -> list[Emission]:
    rid = fact.room["_id"]
    sent = _of_room(rid, [fact.action, room_shown(fact.room)])
    return [*sent, _each_subscription(rid)] if fact.subscriptions else sent


def _each_subscription(rid: str) -> Emission:
    """To each member their own."""
    name = "{uid}/subscriptions-changed"
    return Emission(f"room:{rid}", NOTIFY_USER, name, kind="subscription", who="members")


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
    if fact.action != "updated" and fact.room is not None:
        name = f"{uid}/rooms-changed"
        sent.append(Emission(where, NOTIFY_USER, name, [fact.action, fact.room], only=uid))
    return sent


def _own_data(uid: str, diff: Document, unset: Sequence[str] = ()) -> Emission:
    data = {"type": "updated", "id": uid, "diff": diff, "unset": dict.fromkeys(unset, 1)}
    return Emission(f"user:{uid}", NOTIFY_USER, f"{uid}/userData", [data])


def _of_status(fact: UserStatusChanged) -> list[Emission]:
    user = fact.user
    uid, name, text = user["_id"], user.get("username"), user.get("statusText") or ""
    sent = [_own_data(uid, {"status": user["status"], "statusText": text})]
    if name and fact.everyone:
        number = STATUSES.index(user["status"])
        shown = [uid, name, number, text, user.get("name"), user.get("roles") or []]
        sent.append(Emission(EVERYONE, NOTIFY_LOGGED, "user-status", [shown]))
        sent.append(Emission(watchers(uid), PRESENCE, uid, [[name, number, text]]))
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
