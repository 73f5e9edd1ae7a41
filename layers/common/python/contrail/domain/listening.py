"""What open connections may no longer listen to once a person's roles or rooms have changed."""

from __future__ import annotations

import time
from collections.abc import Iterable

from contrail.domain.access import Standing, access_room, may_enter, may_see_own
from contrail.domain.instance import LEASE, Instance
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection, Sub
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.versions import GUARDED

FRAMES, JUDGE = "frames", "JUDGE"
"""The queue of what a connection works through, and the item that judges its subs again."""
SEEING = frozenset(("view-c-room", "view-joined-room"))
"""Permissions, either of which it takes to see a public room that one is in."""
GRACE = round(LEASE * 1500)
"""Milliseconds after which every request knows of a guard, with time for a read and a publish."""
READING_SETTINGS = (
    "view-privileged-setting",
    "edit-privileged-setting",
    "manage-selected-settings",
)
NEEDED = {
    "stream-stdout": ("view-logs",),
    "stream-integrationHistory": (
        "manage-outgoing-integrations",
        "manage-own-outgoing-integrations",
    ),
    "stream-livechat-inquiry-queue-observer": ("view-l-room",),
    "stream-canned-responses": ("view-canned-responses",),
    "stream-notify-logged/private-settings-changed": READING_SETTINGS,
}
"""Stream, or stream and event -> permissions, one of which a listener has."""


def needed(stream: str, event: str) -> tuple[str, ...]:
    return NEEDED.get(stream) or NEEDED.get(f"{stream}/{event}", ())


def guard(at: Instance, uid: str, roles: Iterable[str]) -> None:
    """Where someone has no right to see public rooms, deliveries ask for it from now on."""
    if not at.guarded and not may_see_own(at, Caller(uid=uid, roles=tuple(roles)), ()):
        at.store.versions.guard(_ms(at))


def guard_all(at: Instance) -> None:
    """The same for a right that is just being taken. No request that is under way and found nothing
    to ask for publishes after this returns: the first in a workspace's life waits for them.
    """
    if not at.guarded:
        at.store.versions.guard(_ms(at))
        at.caches.refresh()
    left = at.caches.snapshot.versions.get(GUARDED, 0) + GRACE - _ms(at)
    if left > 0:
        time.sleep(min(left, GRACE) / 1000)


def _ms(at: Instance) -> int:
    return round(at.now().timestamp() * 1000)


def end_refused(at: Instance, caller: Caller, uid: str, roles: list[str]) -> None:
    """Take a person's connections out of the audiences that they may not be in with `roles`.

    Done when this returns; their clients are told by what each connection works through next.
    Costs a command for each room that one of the connections has subscribed to.
    """
    reader = Caller(uid=uid, roles=tuple(roles), correlation_id=caller.correlation_id)
    if not may_see_own(at, reader, ()):
        guard_all(at)
    judged: dict[str, bool] = {}
    for connection in _connections(at, uid):
        gone = [
            (sub.audience, sub.key)
            for sub in connection.subs.values()
            if sub.audience and not _may_listen(at, reader, sub, judged)
        ]
        if gone:
            at.connections.unlisten(connection.id, gone)
        _judge(at, caller, connection.id)


def end_in_room(at: Instance, caller: Caller, user: Document, room: Document) -> None:
    """Take the connections of someone who is in a room no more out of its audience.

    Done when this returns. Whoever may look into the room without being in it goes on hearing its
    messages. `user` has `_id` and `roles`.
    """
    uid, here = user["_id"], f"room:{room['_id']}"
    open_to_all: bool | None = None
    for connection in _connections(at, uid):
        subs = connection.subs.values()
        members = [(here, sub.key) for sub in subs if sub.audience == f"user:{uid}"]
        own = [(here, sub.key) for sub in subs if sub.audience == here]
        if own and open_to_all is None:
            reader = Caller(uid=uid, roles=tuple(user.get("roles") or ()))
            open_to_all = may_enter(at, reader, Standing(room, None))
        gone = members if open_to_all else members + own
        if gone:
            at.connections.unlisten(connection.id, gone)
        if own and not open_to_all:
            _judge(at, caller, connection.id)


def end_refused_in_room(
    at: Instance, caller: Caller, user: Document, room: Document, row: Document
) -> None:
    """The same for a member, whose subscription is `row` from now on: they may see less of it."""
    reader = Caller(uid=user["_id"], roles=tuple(user.get("roles") or ()))
    if may_enter(at, reader, Standing(room, row)):
        return
    here = f"room:{room['_id']}"
    for connection in _connections(at, user["_id"]):
        own = [(here, sub.key) for sub in connection.subs.values() if sub.audience == here]
        if own:
            at.connections.unlisten(connection.id, own)
            _judge(at, caller, connection.id)


def end_all_in_room(at: Instance, rid: str) -> None:
    """Empty a room's audience: the room is about to end."""
    audience = f"room:{rid}"
    for shard in at.connections.occupied(audience):
        for listener in at.connections.listeners(audience, shard):
            keys = [(audience, key) for key in sorted(listener.events)]
            at.connections.unlisten(listener.connection_id, keys)


def _connections(at: Instance, uid: str) -> list[Connection]:
    audience = f"user:{uid}"
    ids = {
        listener.connection_id
        for shard in at.connections.occupied(audience)
        for listener in at.connections.listeners(audience, shard)
    }
    found = [at.connections.get(connection_id) for connection_id in sorted(ids)]
    return [connection for connection in found if connection and connection.uid == uid]


def _judge(at: Instance, caller: Caller, connection_id: str) -> None:
    """Have the connection work through its subs, and its client told which of them have ended."""
    at.bus.enqueue(
        FRAMES,
        "judge",
        group=connection_id,
        dedup=random_id(),
        attributes={"event": JUDGE, "correlation_id": caller.correlation_id},
    )


def _may_listen(at: Instance, reader: Caller, sub: Sub, judged: dict[str, bool]) -> bool:
    permissions = needed(sub.stream, sub.event)
    if permissions:
        return any(at.allows(reader, permission) for permission in permissions)
    kind, _, rid = sub.audience.partition(":")
    if kind != "room":
        return True
    if rid not in judged:
        try:
            access_room(at, reader, rid)
            judged[rid] = True
        except ChatError:
            judged[rid] = False
    return judged[rid]
