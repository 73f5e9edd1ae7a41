"""Threads: what a reply changes in the first message, and for those who follow it."""

from __future__ import annotations

from contrail.domain import mentions
from contrail.domain.instance import Instance
from contrail.shapes.rows import Document
from contrail.store.message_lists import of_thread

SAID = (None, "e2e")
"""Types of what people say."""
STANDING: Document = {"t": {"$ne": "rm"}}


def is_reply(message: Document) -> bool:
    return bool(message.get("tmid")) and message.get("t") in SAID


def place(at: Instance, rid: str, tmid: str) -> tuple[str, str]:
    """A message's room and thread: a reply goes where its thread is; there are none inside one."""
    first = at.store.messages.by_id(tmid) if tmid else None
    if first is None:
        return rid, tmid
    return first["rid"], first.get("tmid") or first["_id"]


def replied(at: Instance, reply: Document) -> Document | None:
    """Count a stored reply and mark the thread unread for its followers; safe to repeat.

    The thread's first message with `_contrail`, if it changed.
    """
    if not at.setting("Threads_enabled"):
        return None
    tmid, author, now = reply["tmid"], reply["u"]["_id"], at.now()
    first = at.store.messages.by_id(tmid)
    if first is None or first["rid"] != reply["rid"]:
        return None
    mentioned = mentions.uids(at, reply)
    before = list(first.get("replies") or ())
    # Who wrote the first message follows it until they say otherwise.
    joining = [] if first.get("tcount") else [first["u"]["_id"]]
    followers = list(dict.fromkeys([*joining, author, *mentioned]))
    after = at.store.message_changes.add_reply(tmid, reply, followers, now)
    others = [uid for uid in {*before, *followers} if uid != author and uid not in mentioned]
    if others:
        lists = ("tunread", "tunreadGroup") if mentions.calls_everyone(reply) else ("tunread",)
        at.store.counters.mark_thread(reply["rid"], sorted(others), tmid, lists, now)
    if mentioned:
        lists = ("tunread", "tunreadUser")
        at.store.counters.mark_thread(reply["rid"], mentioned, tmid, lists, now)
    return after


def unreplied(at: Instance, tmid: str) -> tuple[Document, list[str]]:
    """What becomes of a first message when a reply is gone: fields to set, and to drop."""
    rows, count = at.store.message_lists.page(of_thread(tmid), STANDING, [("ts", -1)], 0, 1)
    last = next(iter(rows), None)
    if last is None:
        return {}, ["tcount", "tlm", "replies"]
    return {"tcount": count, "tlm": last["ts"]}, []
