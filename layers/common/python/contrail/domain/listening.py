"""What open connections may no longer listen to once a person's roles have changed."""

from __future__ import annotations

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Sub
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id

FRAMES, JUDGE = "frames", "JUDGE"
"""The queue of what a connection works through, and the item that judges its subs again."""
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
    "stream-notify-logged/private-settings-changed": READING_SETTINGS,
}
"""Stream, or stream and event -> permissions, one of which a listener has."""


def needed(stream: str, event: str) -> tuple[str, ...]:
    return NEEDED.get(stream) or NEEDED.get(f"{stream}/{event}", ())


def end_refused(at: Instance, caller: Caller, uid: str, roles: list[str]) -> None:
    """Take a person's connections out of the audiences that they may not be in with `roles`.

    Done when this returns; their clients are told by what each connection works through next.
    Costs a command for each room that one of the connections has subscribed to.
    """
    reader = Caller(uid=uid, roles=tuple(roles), correlation_id=caller.correlation_id)
    audience = f"user:{uid}"
    found = {
        listener.connection_id
        for shard in at.connections.occupied(audience)
        for listener in at.connections.listeners(audience, shard)
    }
    judged: dict[str, bool] = {}
    for connection_id in sorted(found):
        connection = at.connections.get(connection_id)
        if connection is None or connection.uid != uid:
            continue
        gone = [
            (sub.audience, sub.key)
            for sub in connection.subs.values()
            if sub.audience and not _may_listen(at, reader, sub, judged)
        ]
        if gone:
            at.connections.unlisten(connection_id, gone)
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
