"""Facts that were too large for the bus: what they are about is read again."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.shapes.facts import AnyFact, MessageSent, RoomChanged, SubscriptionChanged
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.rows import Document
from contrail.store.messages import revision, visible


def whole(fact: AnyFact, at: Instance) -> AnyFact | None:
    """The fact with its documents as they are by now, None when they are gone."""
    if isinstance(fact, MessageSent):
        return _message(fact, at)
    if isinstance(fact, MessagesDeleted) or (
        isinstance(fact, RoomChanged) and fact.action != "removed"
    ):
        room = at.store.rooms.by_id(fact.room["_id"])
        return fact.model_copy(update={"room": room}) if room else None
    if isinstance(fact, SubscriptionChanged) and fact.action != "removed":
        return _subscription(fact, at)
    return fact


def _message(fact: MessageSent, at: Instance) -> MessageSent | None:
    message = at.store.messages.by_id(fact.message["_id"])
    room = at.store.rooms.by_id(fact.message["rid"])
    if message is None or room is None:
        return None
    documents: Document = {"message": visible(message), "room": room}
    return fact.model_copy(update={**documents, "revision": revision(message)})


def _subscription(fact: SubscriptionChanged, at: Instance) -> SubscriptionChanged | None:
    uid, rid = fact.subscription["u"]["_id"], fact.subscription["rid"]
    row, room = at.store.subscriptions.one(uid, rid), at.store.rooms.by_id(rid)
    if row is None or room is None:
        return None
    documents: Document = {"subscription": shown(row, room)}
    if fact.room is not None:
        documents["room"] = room_shown(room)
    return fact.model_copy(update=documents)
