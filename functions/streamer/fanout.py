"""Facts to work items: one for each occupied shard of each audience a fact concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contrail.ddp import ejson
from contrail.domain import afterwards
from contrail.domain.instance import Instance
from contrail.ports.bounds import TooLargeError
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Unfinished
from contrail.shapes.facts import FACTS, KINDS, AnyFact, MessageSent, SubscriptionChanged
from contrail.shapes.logs import correlated, note, unexpected, warn
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.rows import Document
from contrail.store.messages import FIRST, visible
from functions.streamer.emission import MEMBER_EVENTS, NOTIFY_USER, Emission
from functions.streamer.items import Batch, parts, scope
from functions.streamer.outbox import Outbox
from functions.streamer.routes import DELIVERIES
from functions.streamer.slim import whole
from functions.streamer.streams import emissions, message_emissions


def spread(caller: Caller, batch: Batch, at: Instance) -> None:
    """Facts of one room or person. Markers are cleared once every shard has its work items."""
    facts = list(_facts(batch))
    outbox = Outbox(at, [fact for fact in facts if fact is not None])
    try:
        for place, (fact, item) in enumerate(zip(facts, batch.items, strict=False)):
            if fact is None:
                continue
            correlation_id = item.attributes.get("correlation_id", "")
            try:
                with correlated(correlation_id):
                    _spread(Caller(correlation_id=correlation_id), fact, outbox, at)
            except Exception as error:
                raise Unfinished(place) from error
    finally:
        outbox.clear()
    if len(facts) < len(batch.items):
        raise Unfinished(len(facts))


def _facts(batch: Batch) -> Iterator[AnyFact | None]:
    """Up to the first that is none; None in place of each that only a later release can read."""
    for item in batch.items:
        try:
            yield _fact(ejson.loads(item.body))
        except ValueError:
            unexpected("not a fact")
            return


def _fact(given: object) -> AnyFact | None:
    kind = given.get("kind") if isinstance(given, dict) else None
    if isinstance(kind, str) and kind not in KINDS:
        warn("passed over: a later release's fact", kind=kind)
        return None
    return FACTS.validate_python(given)


def _spread(caller: Caller, given: AnyFact, outbox: Outbox, at: Instance) -> None:
    fact = whole(given, at) if given.slim else given
    if fact is None:
        if isinstance(given, MessagesDeleted):
            # Their room is gone too: nobody is left to be told.
            outbox.told(given)
        return
    if isinstance(fact, SubscriptionChanged) and fact.action == "inserted":
        _enlist(fact, at)
    room = scope(getattr(fact, "room", None), guarded=fact.guarded)
    if isinstance(fact, MessageSent):
        for earlier in outbox.before(fact):
            sent = message_emissions(visible(earlier), fact.room, FIRST)
            _enqueue(caller, sent, f"{earlier['_id']}:{FIRST}", room, at)
            afterwards.put(at, caller, earlier["_id"], afterwards.due(at, earlier))
            outbox.handed(earlier["_id"], FIRST)
    _enqueue(caller, emissions(fact), fact.dedup, room, at)
    note("spread", kind=fact.kind, group=fact.group)
    if isinstance(fact, MessageSent):
        afterwards.put(at, caller, fact.message["_id"], fact.after)
        outbox.handed(fact.message["_id"], fact.revision)
    if isinstance(fact, MessagesDeleted):
        outbox.told(fact)


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
