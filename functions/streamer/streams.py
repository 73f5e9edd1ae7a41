"""The one map of the streams: who may read, who may write, and what each fact sends where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.listening import needed
from contrail.domain.messages import moves_room
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import (
    AnyFact,
    EphemeralMessage,
    MessageSent,
    RoomChanged,
    SettingChanged,
    StreamWritten,
    SubscriptionChanged,
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
from functions.streamer import streams_people
from functions.streamer.emission import (
    EVERYONE,
    MINE,
    MY_MESSAGES,
    NOTIFY_LOGGED,
    NOTIFY_ROOM,
    NOTIFY_USER,
    PRESENCE,
    PRIVATE_SETTINGS,
    ROOM_MESSAGES,
    Emission,
)

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
        return [streams_people.own_data(fact.uid, fact.diff, fact.unset)]
    if isinstance(fact, UserStatusChanged):
        return streams_people.of_status(fact)
    if isinstance(fact, UserRenamed | UserDeleted | CustomStatusChanged):
        return streams_people.of_people(fact)
    if isinstance(fact, SettingChanged):
        return streams_people.of_setting(fact)
    return streams_people.of_roles(fact)


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
