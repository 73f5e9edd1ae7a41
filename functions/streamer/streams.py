"""The one map from facts to streams: what each fact sends where.

Who may read a stream is in `reading`, what clients write to one in `writing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contrail.domain.messages import moves_room
from contrail.domain.wire import room_shown
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
from contrail.shapes.picture_facts import AvatarChanged, EmojiChanged, SoundChanged
from contrail.shapes.receipt_facts import MessagesRead
from contrail.shapes.rows import Document
from contrail.shapes.stream_facts import UserStreamWritten
from functions.streamer import alerts, streams_people
from functions.streamer.emission import (
    MINE,
    MY_MESSAGES,
    NOTIFY_ROOM,
    NOTIFY_USER,
    ROOM_MESSAGES,
    Emission,
)
from functions.streamer.streams_pictures import of_pictures


def emissions(fact: AnyFact) -> Sequence[Emission]:
    """What a fact sends where."""
    return streams_people.echoed(_emissions(fact))


def _emissions(fact: AnyFact) -> Sequence[Emission]:
    if isinstance(fact, MessageSent):
        return message_emissions(fact.message, fact.room, fact.revision)
    if isinstance(fact, MessagesDeleted):
        return _of_deletion(fact)
    if isinstance(fact, MessagesRead):
        return [_of_reading(fact)]
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
    if isinstance(fact, UserStreamWritten):
        name = f"{fact.uid}/{fact.event}"
        here = f"user:{fact.uid}"
        sent = Emission(here, NOTIFY_USER, name, fact.args, origin=fact.origin)
        return [replace(sent, who="members") if fact.room else sent]
    if isinstance(fact, UserChanged):
        return streams_people.of_own(fact)
    if isinstance(fact, UserStatusChanged):
        return streams_people.of_status(fact)
    if isinstance(fact, UserRenamed | UserDeleted | CustomStatusChanged):
        return streams_people.of_people(fact)
    if isinstance(fact, AvatarChanged | EmojiChanged | SoundChanged):
        return of_pictures(fact)
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
    if revision == 1:
        sent += alerts.of_message(message, room)
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


def _of_reading(fact: MessagesRead) -> Emission:
    rid = fact.room["_id"]
    told = {"until": fact.until} | ({"tmid": fact.tmid} if fact.tmid else {})
    return Emission(f"room:{rid}", NOTIFY_ROOM, f"{rid}/messagesRead", [told], who="room")


def _of_change(fact: RoomChanged) -> list[Emission]:
    rid = fact.room["_id"]
    sent = _of_room(rid, [fact.action, room_shown(fact.room)])
    if fact.action == "removed":
        # Who might read it cannot be looked up any more: whoever still listens might.
        return [replace(one, who="all") for one in sent if one.event == rid]
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
