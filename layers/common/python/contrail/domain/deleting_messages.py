"""Deleting messages: who may, what stays, and who hears of it.

A tombstone is written before the message goes. It bears the outbox marker: what a dying process
left half done, `finish` does again.
"""

from __future__ import annotations

from datetime import timedelta

from contrail.domain import edits, threads
from contrail.domain.access import Standing
from contrail.domain.history import newest, read
from contrail.domain.instance import Instance
from contrail.domain.messages import changed
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.rows import Document

BYPASS = "bypass-time-limit-edit-and-delete"
STATUS = "Message_ShowDeletedStatus"
REMOVED = "rm"
EMPTIED = ("md", "blocks", "tshow")
TRIES = 20
SAID: Document = {
    "t": {"$in": [None, "e2e"]},
    "$or": [{"tmid": {"$exists": False}}, {"tshow": True}],
}
"""What becomes a room's last message."""


def may_delete(at: Instance, caller: Caller, message: Document, standing: Standing) -> bool:
    """Raises in a read-only room where the caller may not write."""
    roles = standing.roles
    if at.allows(caller, "force-delete-message", roles):
        return True
    own = message["u"]["_id"] == caller.uid and at.allows(caller, "delete-own-message", roles)
    if not at.setting("Message_AllowDeleting"):
        return False
    if not own and not at.allows(caller, "delete-message", roles):
        return False
    minutes = at.fraction("Message_AllowDeleting_BlockDeleteInMinutes", 0)
    late = at.now() - message["ts"] > timedelta(minutes=minutes)
    if minutes and late and not at.allows(caller, BYPASS, roles):
        return False
    unmuted = message["u"].get("username") in (standing.room.get("unmuted") or ())
    if standing.room.get("ro") and not unmuted and not at.allows(caller, "post-readonly", roles):
        raise ChatError(None, "You can't delete messages because the room is readonly.")
    return True


def delete(at: Instance, caller: Caller, message: Document) -> None:
    """By the workspace's settings: gone, hidden, or shown as deleted; with a copy kept or none.

    `message` comes with `_contrail`.
    """
    keep, show = bool(at.setting("Message_KeepHistory")), bool(at.setting(STATUS))
    if not keep and not show:
        remove(at, caller, [message])
        return

    def deleted(before: Document) -> edits.Change | None:
        if is_gone(before):
            return None
        return (_emptied(at, caller), EMPTIED) if show else ({"_hidden": True}, ())

    stored = edits.apply(at, caller, message, deleted, keep=keep and show)
    if stored is not None:
        settle(at, caller, stored)


def is_gone(message: Document) -> bool:
    """Hidden, or shown as deleted."""
    return bool(message.get("_hidden")) or message.get("t") == REMOVED


def settle(at: Instance, caller: Caller, stored: Document) -> None:
    """What follows hiding a message, or showing it as deleted; safe to repeat."""
    room = _follow(at, [stored["_id"]], stored["rid"])
    _unthread(at, caller, [stored])
    if room is not None:
        at.publish(changed(caller, stored, room))


def remove(
    at: Instance, caller: Caller, messages: list[Document], *, pruned: Document | None = None
) -> None:
    """Delete messages of one room for good; `pruned` as in `MessagesDeleted`.

    The number of commands does not depend on how many messages there are.
    """
    at.store.tombstones.put(messages, at.now())
    finish(at, caller, messages, pruned=pruned)


def finish(
    at: Instance, caller: Caller, messages: list[Document], *, pruned: Document | None = None
) -> None:
    """What follows the tombstones of messages of one room; safe to repeat."""
    rid, mids = messages[0]["rid"], [message["_id"] for message in messages]
    at.store.message_changes.remove(mids)
    room = _follow(at, mids, rid)
    _unthread(at, caller, messages)
    at.publish(
        MessagesDeleted(
            room=room or {"_id": rid},
            ids=tuple(mids),
            pruned=pruned,
            correlation_id=caller.correlation_id,
        )
    )


def _follow(at: Instance, mids: list[str], rid: str) -> Document | None:
    """Uncount messages and give the room the last one that is left; the room after it.

    Whoever deletes that one in between looks again, and so does this.
    """
    for _ in range(TRIES):
        room = at.store.rooms.by_id(rid)
        if room is None:
            return None
        current = (room.get("lastMessage") or {}).get("_id")
        last = _newest(at, room) if current in mids else None
        after = at.store.room_messages.forget(rid, mids, current, last, at.now())
        if after is None:
            continue
        if last is None or at.store.message_lists.by_ids([last["_id"]]):
            return after
        mids = [*mids, last["_id"]]
    return at.store.rooms.by_id(rid)


def _newest(at: Instance, room: Document) -> Document | None:
    high = newest(room, at.now())
    return next(iter(read(at.store.messages, room, high=high, count=1, more=SAID)), None)


def _unthread(at: Instance, caller: Caller, gone: list[Document]) -> None:
    """Replies of a thread that is gone become plain messages; a thread counts what it has left.

    Where many are deleted at once, threads whose first message stays are not counted again.
    """
    rid = gone[0]["rid"]
    firsts = [message["_id"] for message in gone if message.get("tcount")]
    if firsts:
        at.store.message_changes.forget_threads(firsts)
        at.store.counters.forget_threads(rid, firsts)
    tmid = gone[0].get("tmid") if len(gone) == 1 else None
    first = at.store.messages.by_id(tmid) if tmid else None
    if first is None:
        return
    fields, unset = threads.unreplied(at, gone[0])
    edits.change(at, caller, first, lambda _: (fields, unset))
    if unset:
        at.store.counters.forget_threads(rid, [first["_id"]])


def _emptied(at: Instance, caller: Caller) -> Document:
    lists: Document = {"urls": [], "mentions": [], "attachments": [], "reactions": {}}
    edited = {"editedAt": at.now(), "editedBy": edits.editor(caller)}
    return {"msg": "", "t": REMOVED, **lists, **edited}
