"""Counts of unread messages and mentions that a message raises.

A plain message in a channel raises none: that it is unread follows from the room (`unread`).
"""

from __future__ import annotations

from contrail.domain import mentions
from contrail.domain.instance import Instance
from contrail.shapes.rows import Document

EVERYTHING = "all_messages"
BY_USER = (EVERYTHING, "user_mentions_only", "user_and_group_mentions_only")
BY_GROUP = (EVERYTHING, "group_mentions_only", "user_and_group_mentions_only")


def count(at: Instance, message: Document, room: Document) -> None:
    """Raise what a stored message raises; safe to repeat. A constant number of commands."""
    direct, author, now = room["t"] == "d", message["u"]["_id"], at.now()
    chosen = str(at.setting("Unread_Count_DM" if direct else "Unread_Count") or "")
    counters, named = at.store.counters, mentions.uids(at, message)
    everyone = mentions.calls_everyone(message)
    if named:
        by = {"userMentions": 1, **({"unread": 1} if direct or chosen in BY_USER else {})}
        counters.count(message, {"$in": named}, by, now)
    elif everyone:
        by = {"groupMentions": 1, **({"unread": 1} if direct or chosen in BY_GROUP else {})}
        counters.count(message, {"$ne": author}, by, now)
    if chosen == EVERYTHING and not everyone:
        skipped = [author, *named]
        people = [uid for uid in room.get("uids") or () if uid not in skipped]
        if not direct or people:
            others = {"$in": people} if direct else {"$nin": skipped}
            counters.count(message, others, {"unread": 1}, now)
