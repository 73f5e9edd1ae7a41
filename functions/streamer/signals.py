"""What clients tell each other past the rooms: signals of calls, of talk off the record, of keys.

Events that the server itself tells people of are nobody else's to write.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contrail.domain.access import access_room, readable
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.shapes.stream_facts import UserStreamWritten
from functions.streamer.emission import MEMBER_EVENTS

SERVERS = frozenset(
    """message userData force_logout webdav voip.events call.hangup uiInteraction updateInvites
    departmentAgentData calendar banners video-conference""".split()
) | frozenset(MEMBER_EVENTS)
"""`video-conference` is checked against its call, and there are no calls yet."""
BEGINNINGS = ("handshake", "acknowledge")
LONGEST = 64
"""Characters of an id, and of an event's name."""
MOST = 50
"""Members of a room whose clients may signal to all others."""
DEEPEST = 20
"""Objects and lists inside one another: what is handed on gets a few more around it."""


def to_person(at: Instance, writer: Caller, event: str, args: list[Any]) -> None:
    """`event` is `<uid>/<name>`."""
    uid, _, name = event.partition("/")
    if uid and len(uid) <= LONGEST and _may_write(at, name, args):
        _publish(at, writer, [uid], name, args)


def to_others(at: Instance, writer: Caller, event: str, args: list[Any]) -> None:
    """To every other member of a room; `event` is `<rid>/<name>`. Raises where it is closed."""
    rid, _, name = event.partition("/")
    if not _may_write(at, name, args):
        return
    standing = access_room(at, writer, rid)
    if standing.subscription is None or int(standing.room.get("usersCount") or 0) > MOST:
        return
    others = at.store.memberships.members(rid) - {writer.uid}
    _publish(at, writer, others, name, args, room=readable(standing.room))


def shallow(value: object, depth: int = DEEPEST) -> bool:
    if not isinstance(value, list | dict):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(shallow(one, depth - 1) for one in inner)


def _may_write(at: Instance, name: str, args: list[Any]) -> bool:
    if not 0 < len(name) <= LONGEST or name in SERVERS or not shallow(args):
        return False
    return name != "otr" or args[:1] not in ([one] for one in BEGINNINGS) or _otr(at)


def _otr(at: Instance) -> bool:
    return at.setting("OTR_Enable") is True


def _publish(
    at: Instance,
    writer: Caller,
    uids: Iterable[str],
    name: str,
    args: list[Any],
    room: Document | None = None,
) -> None:
    at.publish(
        *(
            UserStreamWritten(
                uid=uid,
                event=name,
                args=args,
                room=room,
                origin=writer.connection_id,
                nonce=random_id(),
                correlation_id=writer.correlation_id,
            )
            for uid in sorted(uids)
        )
    )
