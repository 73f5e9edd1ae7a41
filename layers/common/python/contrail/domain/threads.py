"""Threads: what a reply changes in the first message, and for those who follow it."""

from __future__ import annotations

from contrail.domain import mentions
from contrail.domain.instance import Instance
from contrail.shapes.rows import Document


def is_reply(message: Document) -> bool:
    return bool(message.get("tmid")) and not message.get("t")


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
    joining = [] if before else [first["u"]["_id"]]
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


def unreplied(at: Instance, reply: Document) -> tuple[Document, list[str]]:
    """What follows for the first message from a reply that is gone: fields to set, and to drop."""
    count, last = at.store.message_lists.last_reply(reply["tmid"])
    if last is None:
        return {}, ["tcount", "tlm", "replies"]
    return {"tcount": count, "tlm": last["ts"]}, []
