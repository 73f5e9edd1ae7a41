"""Frames of one connection, one after the other."""

from __future__ import annotations

import base64
from typing import Any

from contrail.ddp import ejson, frames
from contrail.domain import presence
from contrail.domain.instance import Instance
from contrail.domain.listening import JUDGE
from contrail.domain.logouts import SENT_AWAY
from contrail.ports.limits import Rule
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection, Frame
from contrail.shapes.errors import Unfinished
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.logs import correlated
from functions.streamer import judging, methods, parking, subs
from functions.streamer.emission import NOTIFY_USER
from functions.streamer.link import Link, TooEarly
from functions.streamer.routes import FRAMES

NOISE = Rule("noise", calls=100, window=60_000)
"""Frames of a connection that are no DDP, or say again what was said."""
VERSIONS = ("1", "pre2", "pre1")
Message = dict[str, Any]


class Item(Input):
    """`attributes.event` is CONNECT, MESSAGE, DISCONNECT, RIPE, JUDGE or SENT_AWAY.

    A MESSAGE's body is base64, RIPE's the id of a parked frame, SENT_AWAY's its user's id. `id` is
    the deduplication id.
    """

    id: str
    body: str
    group: str
    attributes: dict[str, str]


class Items(Input):
    """Of one connection, in order."""

    items: list[Item]


def opening(caller: Caller, _: NoInput, at: Instance) -> None:
    """`$connect`: nothing can be sent before this has returned, so the greeting is queued."""
    connection = Connection(
        id=caller.connection_id,
        opened_at=int(at.now().timestamp() * 1000),
        address=caller.address,
        user_agent=caller.user_agent,
    )
    at.connections.open(connection)
    at.bus.enqueue(
        FRAMES,
        "opened",
        group=connection.id,
        dedup=f"{connection.id}:opened",
        attributes={"event": "CONNECT", "correlation_id": caller.correlation_id},
    )


def handle(caller: Caller, batch: Items, at: Instance) -> None:
    """Queued events of a connection. Raises `Unfinished`."""
    items = batch.items
    done = 0
    while done < len(items):
        correlation_id = items[done].attributes.get("correlation_id", "")
        named = caller.model_copy(update={"correlation_id": correlation_id})
        try:
            with correlated(correlation_id):
                done += _take(named, items[done:], at)
        except Exception as error:
            raise Unfinished(done) from error


def _take(caller: Caller, items: list[Item], at: Instance) -> int:
    """Work off the first, or several subs that stand together; how many that were."""
    item = items[0]
    event = item.attributes.get("event")
    if event == "CONNECT":
        at.sockets.post(item.group, frames.GREETING)
        at.connections.listen(item.group, "", [presence.NOBODYS])
    elif event == "DISCONNECT":
        gone = at.connections.close(item.group)
        # Whoever took its record away knew whose it was, but need not have said that it left.
        if gone is None or gone.uid:
            presence.note(at, caller, gone.uid if gone else "", item.group, "gone")
    elif event == SENT_AWAY:
        told = frames.changed(NOTIFY_USER, f"{item.body}/force_logout", "[]")
        at.sockets.post(item.group, told)
        at.sockets.close(item.group)
    else:
        record = at.connections.get(item.group)
        if record is None:
            # Its user lost it, or it was given up: a client that still talks should come back.
            at.sockets.close(item.group)
            return 1
        link = Link(record, caller, at)
        if event == JUDGE:
            judging.judge_roles(link)
        elif event == parking.RIPE:
            _refuse_until(link, item.body)
        elif len(together := _subs(link, items)) > 1:
            subs.subscribe(link, *together)
            return len(together)
        else:
            time = int(item.attributes.get("time") or 0)
            _receive(link, Frame(id=item.id, time=time, body=item.body))
    return 1


def _subs(link: Link, items: list[Item]) -> list[Message]:
    """The subs that the items begin with, of someone logged in: whoever is not may be early."""
    found: list[Message] = []
    if not link.record.uid or link.record.parked:
        return found
    for item in items:
        if item.attributes.get("event") != "MESSAGE" or item.id in link.record.marks:
            break
        try:
            message = ejson.loads(base64.b64decode(item.body))
        except ejson.EJSONError:
            break
        if not isinstance(message, dict) or message.get("msg") != "sub":
            break
        found.append(message)
    return found


def _receive(link: Link, frame: Frame, patient: bool = True) -> bool:
    """Whether the frame was answered; else it is parked."""
    if link.record.marks.get(frame.id) == "done":
        return True
    message = _parse(link, frame)
    if message is None:
        return True
    if link.record.parked and _lets_in(link, message):
        parking.release(link, _refuse, lambda earlier: earlier.time < frame.time)
    before = (link.record.session, link.record.uid)
    try:
        _run(link, frame, message)
    except TooEarly as early:
        if patient and link.young_at(frame) and parking.park(link, frame):
            return False
        link.post(*early.refusal)
        link.save(marks=link.marked(frame, "done"))
    if (link.record.session, link.record.uid) != before:
        parking.release(link, _receive, lambda _: True)
    return True


def _refuse(link: Link, frame: Frame) -> bool:
    return _receive(link, frame, patient=False)


def _refuse_until(link: Link, frame_id: str) -> None:
    """Answer a parked frame, and those received before it, as things stand."""
    last = next((one for one in link.record.parked if one.id == frame_id), None)
    if last is not None:
        parking.release(link, _refuse, lambda one: one.time <= last.time)


def _parse(link: Link, frame: Frame) -> Message | None:
    """None for what is no DDP, which is answered here."""
    try:
        message = ejson.loads(base64.b64decode(frame.body))
    except ejson.EJSONError:
        _answer_noise(link, frames.bad_frame("Parse error"))
        return None
    if isinstance(message, dict) and isinstance(message.get("msg"), str):
        return message
    _answer_noise(link, frames.bad_frame("Bad request", message))
    return None


def _answer_noise(link: Link, answer: str) -> None:
    """Whoever goes on sending what is no DDP is sent away."""
    link.post(answer)
    if not link.at.environment.test_mode and link.at.limits.hit(link.id, [NOISE]).wait:
        link.at.sockets.close(link.id)


def _lets_in(link: Link, message: Message) -> bool:
    kind: str = message["msg"]
    if not link.record.session:
        return kind == "connect"
    return kind == "method" and message.get("method") == "login"


def _run(link: Link, frame: Frame, message: Message) -> None:
    kind = message["msg"]
    if kind == "connect":
        _connect(link, frame, message)
    elif not link.record.session:
        raise TooEarly(frames.bad_frame("Must connect first", message))
    elif kind == "method":
        methods.run(link, frame, message)
    elif kind == "sub":
        subs.subscribe(link, message)
    elif kind == "unsub":
        subs.unsubscribe(link, frame, message)
    elif kind == "ping":
        link.post(frames.PONG)
    elif kind != "pong":
        _answer_noise(link, frames.bad_frame("Bad request", message))


def _connect(link: Link, frame: Frame, message: Message) -> None:
    if link.record.session and frame.id not in link.record.marks:
        _answer_noise(link, frames.bad_frame("Already connected", message))
        return
    support = message.get("support")
    offered = [message.get("version"), *(support if isinstance(support, list) else ())]
    if not any(version in VERSIONS for version in offered if isinstance(version, str)):
        link.post(frames.failed())
        link.give_up()
        return
    session = link.record.session or random_id()
    if link.save(session=session, marks=link.marked(frame, "started")):
        link.post(frames.connected(session))
        link.save(marks=link.marked(frame, "done"))
