"""Where a connection's subs listen: audiences, and the events in each."""

from __future__ import annotations

from collections.abc import Iterable

from contrail.domain.instance import Instance
from contrail.shapes.connections import Sub
from functions.streamer import watching
from functions.streamer.emission import MEMBER_EVENTS, NOTIFY_USER

Key = tuple[str, str]


def everywhere(uid: str, subs: Iterable[Sub], at: Instance) -> list[Key]:
    """Everywhere these subs listen."""
    listening = list(subs)
    of_subs = [key for sub in listening for key in own(sub)]
    return [*of_subs, *in_rooms(uid, listening, at)]


def own(sub: Sub) -> list[Key]:
    """Where a sub listens, but for the rooms that its user is in."""
    return [(sub.audience, sub.key)] if sub.audience else watching.keys(sub)


def in_rooms(uid: str, subs: Iterable[Sub], at: Instance) -> list[Key]:
    """What concerns all of one's rooms listens in each of them.

    Who comes into a room later is added to its audience by the fact of their joining, which is
    ordered with that room's messages.
    """
    wanted = [
        sub.key
        for sub in subs
        if sub.stream == NOTIFY_USER and sub.event.split("/")[-1] in MEMBER_EVENTS
    ]
    rows = at.store.subscriptions.of_user(uid) if wanted else []
    return [(f"room:{row['rid']}", key) for row in rows for key in wanted]
