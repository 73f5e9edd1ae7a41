"""One message of a room through both stages of the fan-out."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from bench.simulate.model import VCPU, Model
from bench.simulate.plane import (
    ModelledBus,
    ModelledConnections,
    ModelledSockets,
    ModelledStore,
    Plane,
)
from contrail.ddp import ejson
from contrail.domain.environment import Environment
from contrail.domain.instance import Instance
from contrail.domain.members import subscription_of
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Listener
from contrail.shapes.facts import MessageSent
from contrail.shapes.rows import Document
from functions.streamer import delivery, fanout
from functions.streamer.items import Batch, Item
from infra.topology import FUNCTIONS

ROOM, NOW = "r" * 17, datetime(2026, 1, 1, tzinfo=UTC)
MESSAGES = f"stream-room-messages/{ROOM}"
OWN = ("rooms-changed", "subscriptions-changed", "notification")
FUNCTION = next(one for one in FUNCTIONS if one.name == "fanout")
TEXT = "Shall we meet at noon, at the usual place?"


@dataclass
class Outcome:
    """Of one message. Times in seconds after it was published; `invocations` are their lengths."""

    listeners: int
    shards: int
    counts: dict[str, int]
    arrivals: list[float]
    invocations: list[float] = field(default_factory=list)


def send(listeners: int, *, everything: bool, model: Model, seed: int) -> Outcome:
    """A message to a room with so many connections that listen.

    `everything`: to all that a usual client listens to, not to the room's messages alone.
    """
    random.seed(seed)
    plane = Plane(model, random.Random(seed))
    connections = ModelledConnections(plane)
    members = _fill(plane, connections, listeners, everything=everything)
    bus, sockets = ModelledBus(plane), ModelledSockets(plane)
    at = _instance(plane, connections, bus, sockets, members)
    lengths: list[float] = []

    def invoke(when: float, work: Any, item: Any) -> None:
        began = when + model.queue.draw(plane.numbers)
        began += model.cold if plane.numbers.random() < model.starting else 0.0
        plane.begin(began, FUNCTION.memory / VCPU)
        plane.counts["invocations"] += 1
        work(Caller(), item, at)
        lengths.append(plane.time - began)

    fact = Item(body=ejson.dumps(_fact(listeners).model_dump()))
    invoke(0.0, fanout.spread, Batch(items=[fact]))
    for when, body in bus.items:
        invoke(when, delivery.deliver, Batch(items=[Item(body=body)]))
    shards = len(connections.occupied(f"room:{ROOM}"))
    plane.counts["reads"] -= 1
    plane.counts["read units"] -= 1
    return Outcome(listeners, shards, dict(plane.counts), sorted(plane.arrivals), lengths)


def _fill(
    plane: Plane, connections: ModelledConnections, listeners: int, *, everything: bool
) -> dict[str, Document]:
    members: dict[str, Document] = {}
    room: Document = {"_id": ROOM, "t": "c", "name": "town", "fname": "town"}
    for number in range(listeners):
        uid, connection_id = f"u{number:016}", f"c{number:015}="
        keys = [f"stream-notify-user/{uid}/{name}" for name in OWN] if everything else []
        row = Listener(connection_id=connection_id, uid=uid, events=frozenset([MESSAGES, *keys]))
        connections.place(f"room:{ROOM}", row)
        if plane.numbers.random() < plane.model.gone:
            plane.gone.add(connection_id)
        members[uid] = subscription_of(room, {"_id": uid, "username": uid, "name": uid}, NOW)
    return members


def _fact(listeners: int) -> MessageSent:
    sender = {"_id": "sender", "username": "sender", "name": "Sender"}
    message: Document = {"_id": "m" * 17, "rid": ROOM, "msg": TEXT, "u": sender, "ts": NOW}
    words = [{"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": TEXT}]}]
    message |= {"_updatedAt": NOW, "urls": [], "mentions": [], "channels": [], "md": words}
    room: Document = {"_id": ROOM, "t": "c", "name": "town", "fname": "town", "ts": NOW}
    room |= {"usersCount": listeners, "msgs": 1000, "lm": NOW, "_updatedAt": NOW}
    room |= {"lastMessage": message, "u": sender}
    return MessageSent(message=message, revision=1, room=room)


def _instance(
    plane: Plane,
    connections: ModelledConnections,
    bus: ModelledBus,
    sockets: ModelledSockets,
    members: dict[str, Document],
) -> Instance:
    """With the ports that the fan-out uses; all others are missing."""
    nothing = cast(Any, None)
    return Instance(
        store=cast(Any, ModelledStore(plane, members)),
        environment=Environment(),
        clock=nothing,
        secrets=nothing,
        bus=cast(Any, bus),
        connections=cast(Any, connections),
        sockets=sockets,
        rpc=nothing,
        limits=nothing,
        web=nothing,
        blobs=nothing,
    )
