"""Frames that came before the `connect` or the `login` which their client had sent first.

The gateway may queue one connection's frames in another order than it received them. A batch is
sorted; across batches, a frame of a young connection that would be refused is parked in the
connection's record, until what it lacked has come or its time is over. Received before the
`connect` or `login` itself, it is refused as it would have been in order.
"""

from __future__ import annotations

from collections.abc import Callable

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Frame
from contrail.shapes.inputs import Input
from functions.streamer.link import Link
from functions.streamer.routes import FRAMES, PARKED

RIPE = "RIPE"
MOST, LARGEST = 64, 128 * 1024
"""Frames that one connection may park, and characters of all their bodies."""
Take = Callable[[Link, Frame], bool]


class Item(Input):
    body: str
    group: str
    attributes: dict[str, str]


def park(link: Link, frame: Frame) -> bool:
    """False when there is no room; the frame is to be answered as it stands then."""
    parked = link.record.parked
    if not any(other.id == frame.id for other in parked):
        size = sum(len(other.body) for other in parked) + len(frame.body)
        if len(parked) >= MOST or size > LARGEST:
            return False
        later = sorted([*parked, frame], key=lambda one: one.time)
        if not link.save(parked=later):
            link.give_up()
            return True
    link.at.bus.enqueue(
        PARKED,
        frame.id,
        group=link.id,
        dedup=frame.id,
        attributes={"correlation_id": link.caller.correlation_id},
    )
    return True


def ripen(caller: Caller, item: Item, at: Instance) -> None:
    """A parked frame's time is over: say so where its connection's items are worked on."""
    at.bus.enqueue(
        FRAMES,
        item.body,
        group=item.group,
        dedup=f"{item.body}:ripe",
        attributes={
            "event": RIPE,
            "time": str(int(at.now().timestamp() * 1000)),
            "correlation_id": caller.correlation_id,
        },
    )


def release(link: Link, take: Take, due: Callable[[Frame], bool]) -> None:
    """Take those that are due, in the order they were received; what is answered goes.

    Taking one may release others: what is parked is looked at afresh each time.
    """
    for frame in link.record.parked:
        if due(frame) and frame in link.record.parked and take(link, frame):
            link.save(parked=[other for other in link.record.parked if other.id != frame.id])
