"""Deleting messages that are older than their workspace, or their room, keeps them."""

from __future__ import annotations

import time
from datetime import timedelta

from contrail.domain.history import BEGINNING
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import note
from contrail.shapes.rows import Document
from functions.messaging.pruning import CleanOptions, prune

RUN = "retention"
LEASE = timedelta(minutes=2)
PATIENCE = 15.0
"""Seconds after which it goes on with the clock's next tick."""
TOGETHER = 200
"""Rooms that are read together."""
KINDS = {"c": "Channels", "p": "Groups", "d": "DMs"}
MINUTES = {"0": 30, "1": 60, "2": 6 * 60, "3": 24 * 60}
USUAL_DAYS, MOST_DAYS = 30, 36_500


def keep(caller: Caller, _: NoInput, at: Instance) -> None:
    """Of the clock: do it, or go on with it, if it is due and nobody else is at it."""
    at.caches.refresh()
    if not at.setting("RetentionPolicy_Enabled"):
        return
    began = at.now()
    precision = str(at.setting("RetentionPolicy_Precision"))
    due = began - timedelta(minutes=MINUTES.get(precision, MINUTES["0"]))
    mark = at.store.runs.take(RUN, began, due=due, until=began + LEASE)
    if not mark:
        return
    place, cleaned = _go_on(at, caller, at.store.runs.place(RUN))
    if place:
        at.store.runs.pause(RUN, mark, place)
    else:
        at.store.runs.done(RUN, mark, began)
    if cleaned:
        note("messages were older than they are kept", deleted=cleaned)


def _go_on(at: Instance, caller: Caller, place: str) -> tuple[str, int]:
    """Where it stopped, empty at the end, and how many messages went."""
    deadline, cleaned = time.monotonic() + PATIENCE, 0
    while rooms := at.store.room_lists.following(place, KINDS, TOGETHER):
        for room in rooms:
            window = _window(at, room)
            if window is not None:
                cleaned += prune(at, caller, room, window)
            place = room["_id"]
            if time.monotonic() > deadline:
                return place, cleaned
    return "", cleaned


def _window(at: Instance, room: Document) -> CleanOptions | None:
    """What is to go; None where everything stays."""
    own: Document = room.get("retention") or {}
    if own.get("enabled") is False or not room.get("msgs"):
        return None
    kind, discussions = KINDS[room["t"]], bool(at.setting("RetentionPolicy_DoNotPruneDiscussion"))
    if own.get("overrideGlobal"):
        if not own.get("enabled"):
            return None
        age = _days(own.get("maxAge"))
        pinned, files = bool(own.get("excludePinned")), bool(own.get("filesOnly"))
        threads = bool(own.get("ignoreThreads"))
    elif at.setting(f"RetentionPolicy_AppliesTo{kind}"):
        age = timedelta(milliseconds=at.fraction(f"RetentionPolicy_TTL_{kind}", 0))
        pinned = bool(at.setting("RetentionPolicy_DoNotPrunePinned"))
        files = bool(at.setting("RetentionPolicy_FilesOnly"))
        threads = bool(at.setting("RetentionPolicy_DoNotPruneThreads"))
    else:
        return None
    if age <= timedelta(0):
        return None
    return CleanOptions(
        roomId=room["_id"],
        oldest=BEGINNING,
        latest=at.now() - min(age, at.now() - BEGINNING),
        excludePinned=pinned,
        filesOnly=files,
        ignoreThreads=threads,
        ignoreDiscussion=discussions,
        limit=None,
    )


def _days(value: object) -> timedelta:
    try:
        return timedelta(days=min(float(str(value or USUAL_DAYS)), MOST_DAYS))
    except ValueError:
        return timedelta(days=USUAL_DAYS)
