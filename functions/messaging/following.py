"""Following threads, and having read them."""

from __future__ import annotations

from contrail.domain import edits, receipts
from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.messaging.finding import access_message

NO_MID = 'The required "mid" body param is missing.'


class Follow(Input):
    documented = {"mid": (NO_MID, f"[{NO_MID}]", True)}
    mid: str


class FollowMethod(Input):
    mid: str


class WhichThread(Input):
    tmid: str


def follow(caller: Caller, which: Follow, at: Instance) -> None:
    _set_following(at, caller, which.mid, "followMessage", following=True)


def unfollow(caller: Caller, which: Follow, at: Instance) -> None:
    _set_following(at, caller, which.mid, "unfollowMessage", following=False)


def follow_method(caller: Caller, which: FollowMethod, at: Instance) -> None:
    _set_following(at, caller, which.mid, "followMessage", following=True)


def unfollow_method(caller: Caller, which: FollowMethod, at: Instance) -> None:
    _set_following(at, caller, which.mid, "unfollowMessage", following=False)


def _set_following(at: Instance, caller: Caller, mid: str, method: str, *, following: bool) -> None:
    refused = ChatError("error-not-allowed", "not-allowed", {"method": method})
    if not at.setting("Threads_enabled"):
        raise refused
    missing = ChatError("error-invalid-message", "Invalid message", {"method": method})
    message, _ = access_message(at, caller, mid, refuse=refused, missing=missing)
    first = at.store.messages.by_id(message["tmid"]) if message.get("tmid") else message
    if first is None or first["rid"] != message["rid"]:
        raise missing

    def followed(before: Document) -> edits.Change | None:
        replies = list(before.get("replies") or ())
        if (caller.uid in replies) is following:
            return None
        others = [uid for uid in replies if uid != caller.uid]
        return {"replies": [*others, caller.uid] if following else others}, ()

    edits.change(at, caller, first, followed)
    if not following:
        mark_read(at, caller, first)


def read(caller: Caller, which: WhichThread, at: Instance) -> None:
    """Take a thread off the lists of what the caller has not read."""
    refused = ChatError("error-not-allowed", "Threads Disabled", {"method": "readThreads"})
    if not at.setting("Threads_enabled"):
        raise refused
    first = at.store.messages.by_id(which.tmid)
    if first is None:
        return
    refused = ChatError("error-not-allowed", "Not allowed", {"method": "readThreads"})
    access_room(at, caller, first["rid"], refuse=refused)
    mark_read(at, caller, first)


def mark_read(at: Instance, caller: Caller, first: Document) -> None:
    """The caller has read the thread of this first message."""
    rid = first["rid"]
    if not at.store.counters.read_thread(caller.uid, rid, first["_id"], at.now()):
        return
    subscription, room = at.store.subscriptions.one(caller.uid, rid), at.store.rooms.by_id(rid)
    if subscription is not None and room is not None:
        tell(at, caller, "updated", subscription, room)
        receipts.thread_read(at, caller, room, first["_id"], at.now())
