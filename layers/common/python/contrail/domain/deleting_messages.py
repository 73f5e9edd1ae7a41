"""Deleting messages: who may, what stays, and who hears of it.

A tombstone is written before the message goes. It bears the outbox marker: what a dying process
left half done, `finish` does again.
"""

from __future__ import annotations

from datetime import timedelta

from contrail.domain import discussions, edits, ownership, threads, uploads
from contrail.domain.access import Standing
from contrail.domain.history import NO_THREADS, newest, read
from contrail.domain.instance import Instance
from contrail.domain.messages import changed
from contrail.domain.writable import may_write_read_only
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.rows import Document

BYPASS = "bypass-time-limit-edit-and-delete"
KEEP, STATUS = "Message_KeepHistory", "Message_ShowDeletedStatus"
REMOVED = "rm"
EMPTIED = (
    *("md", "blocks", "tshow", "content", "customFields", "file", "files", "translations"),
    *("pinned", "pinnedAt", "pinnedBy", "starred"),
)
"""What a message that is shown as deleted keeps nothing of."""
TRIES = 20
SAID: Document = {"t": {"$in": list(threads.SAID)}, **NO_THREADS}
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
    if not may_write_read_only(at, caller, standing, str(message["u"].get("username") or "")):
        raise ChatError(None, "You can't delete messages because the room is readonly.")
    return True


def delete(at: Instance, caller: Caller, message: Document) -> None:
    """By the workspace's settings: gone, hidden, or shown as deleted; with a copy kept or none.

    `message` comes with `_contrail`.
    """
    keep, show = _ways(at)
    if not keep and not show:
        remove(at, caller, [message])
        return

    def deleted(before: Document) -> edits.Change | None:
        if is_gone(before):
            return None
        return (_emptied(at, caller), EMPTIED) if show else ({"_hidden": True}, ())

    # First its files: what stands as deleted does not say what they were.
    if keep:
        uploads.hide(at, message)
    else:
        uploads.forget(at, [message])
    stored = edits.apply(at, caller, message, deleted, keep=keep and show)
    if stored is not None:
        settle(at, caller, stored)


def delete_all(at: Instance, caller: Caller, messages: list[Document]) -> None:
    """As `delete`; what goes for good goes a room at a time."""
    if any(_ways(at)):
        for message in messages:
            delete(at, caller, message)
        return
    for rid in sorted({message["rid"] for message in messages}):
        remove(at, caller, [message for message in messages if message["rid"] == rid])


def _ways(at: Instance) -> tuple[bool, bool]:
    """Whether a copy of what is deleted is kept, and whether it is shown as deleted."""
    return bool(at.setting(KEEP)), bool(at.setting(STATUS))


def is_gone(message: Document) -> bool:
    """Hidden, or shown as deleted."""
    return bool(message.get("_hidden")) or message.get("t") == REMOVED


def settle(at: Instance, caller: Caller, stored: Document) -> None:
    """What follows hiding a message, or showing it as deleted; safe to repeat."""
    room = _follow(at, [stored["_id"]], stored["rid"])
    _unthread(at, caller, [stored])
    _undiscuss(at, caller, [stored], room)
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
    uploads.forget(at, messages)
    room = _follow(at, mids, rid)
    _unthread(at, caller, messages)
    _undiscuss(at, caller, messages, room)
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
        at.store.message_changes.forget_threads(firsts, at.now())
        at.store.counters.forget_threads(rid, firsts)
    tmid = gone[0].get("tmid") if len(gone) == 1 else None
    first = at.store.messages.by_id(tmid) if tmid else None
    if first is None or first["rid"] != rid:
        return
    after = edits.change(at, caller, first, lambda _: threads.unreplied(at, first["_id"]))
    if after is not None and "tcount" not in after:
        at.store.counters.forget_threads(rid, [first["_id"]])


def _undiscuss(at: Instance, caller: Caller, gone: list[Document], room: Document | None) -> None:
    """Discussions that the messages told of end; what tells of this one counts what it has left."""
    for message in gone:
        if message.get("drid"):
            ownership.end(at, caller, message["drid"])
    told = discussions.moved(at, caller, room) if room is not None and room.get("prid") else None
    if told is not None:
        at.publish(told)


def _emptied(at: Instance, caller: Caller) -> Document:
    lists: Document = {"urls": [], "mentions": [], "attachments": [], "reactions": {}}
    edited = {"editedAt": at.now(), "editedBy": edits.editor(caller)}
    return {"msg": "", "t": REMOVED, **lists, **edited}
