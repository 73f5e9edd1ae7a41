"""Facts to work items: one for each occupied shard of each audience a fact concerns."""

from __future__ import annotations

import time
from collections.abc import Iterable

from contrail.ddp import ejson
from contrail.domain import afterwards
from contrail.domain.instance import Instance
from contrail.ports.bounds import TooLargeError
from contrail.shapes.caller import Caller
from contrail.shapes.facts import FACTS, MessageSent, SubscriptionChanged
from contrail.shapes.inputs import Input
from contrail.shapes.logs import note, warn
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.rows import Document
from contrail.store.messages import FIRST, revision, visible
from functions.streamer.emission import MEMBER_EVENTS, NOTIFY_USER, Emission
from functions.streamer.items import parts, scope
from functions.streamer.routes import DELIVERIES
from functions.streamer.slim import whole
from functions.streamer.streams import emissions, message_emissions

PATIENCE = 0.5
"""Seconds that a message waits for earlier ones of its room that are being stored."""
PAUSE = 0.005


class Item(Input):
    body: str


def spread(caller: Caller, item: Item, at: Instance) -> None:
    """One fact. A message's outbox marker is cleared once every shard has its work item."""
    given = FACTS.validate_python(ejson.loads(item.body))
    fact = whole(given, at) if given.slim else given
    if fact is None:
        if isinstance(given, MessagesDeleted):
            # Their room is gone too: nobody is left to be told.
            at.store.tombstones.clear_pending(list(given.ids))
        return
    if isinstance(fact, SubscriptionChanged) and fact.action == "inserted":
        _enlist(fact, at)
    room = scope(getattr(fact, "room", None))
    if isinstance(fact, MessageSent):
        for earlier in _earlier(fact, at):
            sent = message_emissions(visible(earlier), fact.room, FIRST)
            _enqueue(caller, sent, f"{earlier['_id']}:{FIRST}", room, at)
            afterwards.put(at, caller, earlier["_id"], afterwards.due(at, earlier))
            at.store.messages.clear_pending(earlier["_id"], FIRST)
    _enqueue(caller, emissions(fact), fact.dedup, room, at)
    note("spread", kind=fact.kind, group=fact.group)
    if isinstance(fact, MessageSent):
        afterwards.put(at, caller, fact.message["_id"], fact.after)
        at.store.messages.clear_pending(fact.message["_id"], fact.revision)
    if isinstance(fact, MessagesDeleted):
        at.store.tombstones.clear_pending(list(fact.ids))


def _enqueue(
    caller: Caller, sent: Iterable[Emission], dedup: str, room: Document | None, at: Instance
) -> None:
    audiences: dict[str, list[Emission]] = {}
    for emission in sent:
        audiences.setdefault(emission.audience, []).append(emission)
    for audience, share in audiences.items():
        shards = at.connections.occupied(audience)
        split = list(parts(share)) if shards else []
        for shard in shards:
            place = f"{audience}#{shard}"
            head = ejson.dumps({"audience": audience, "shard": shard, "room": room})[:-1]
            for name, emitted in split:
                try:
                    at.bus.enqueue(
                        DELIVERIES,
                        f'{head},"emissions":[{emitted}]}}',
                        group=place,
                        dedup=f"{dedup}:{place}{name}",
                        attributes={"correlation_id": caller.correlation_id},
                    )
                except TooLargeError as error:
                    warn("not delivered", place=place, reason=str(error))


def _enlist(fact: SubscriptionChanged, at: Instance) -> None:
    """Put a new member's connections into the room's audience, ahead of what comes next there."""
    uid = fact.subscription["u"]["_id"]
    here = f"room:{fact.subscription['rid']}"
    wanted = {f"{NOTIFY_USER}/{uid}/{name}" for name in MEMBER_EVENTS}
    audience = f"user:{uid}"
    for shard in at.connections.occupied(audience):
        for listener in at.connections.listeners(audience, shard):
            keys = [(here, key) for key in sorted(wanted & listener.events)]
            if keys:
                at.connections.listen(listener.connection_id, uid, keys)


def _earlier(fact: MessageSent, at: Instance) -> list[Document]:
    """Messages of the room that come before this one, though their facts come after it.

    Those not even stored yet are waited for, for a moment. Handed on here, they find their work
    items taken when their own facts come: equal dedup ids are one item. A message that has changed
    since is none of them: what changed came after this one, and comes with a fact of its own.
    """
    deadline = time.monotonic() + PATIENCE
    missing = set(fact.behind)
    while missing and time.monotonic() < deadline:
        missing -= {message["_id"] for message in at.store.messages.by_ids(missing)}
        if missing:
            time.sleep(PAUSE)
    pending = at.store.messages.pending_before(fact.message["rid"], fact.message["ts"])
    return [message for message in pending if revision(message) == FIRST]
