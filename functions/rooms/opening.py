"""Rooms in one's list and out of it: open and hidden."""

from __future__ import annotations

from typing import Any, NamedTuple

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.domain.unread import HIDDEN, shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.store.collections import OWN
from functions.rooms.finding import (
    DirectId,
    WhichChannel,
    WhichGroup,
    access_channel,
    access_group,
    no_direct,
)


class Rid(Input):
    rid: str


class Words(NamedTuple):
    """What one kind of room refuses with; `{}` is the room's name."""

    outside: str
    opened: str
    closed: str
    outside_closing: str = ""


CHANNEL = Words(
    'The user/callee is not in the channel "{}".',
    "The channel, {}, is already open to the sender",
    "The channel, {}, is already closed to the sender",
    # As upstream has it.
    'The user/callee is not in the channel "{}.',
)
GROUP = Words(
    'The user/callee is not in the private group "{}".',
    "The private group, {}, is already open for the sender",
    "The private group, {}, is already closed to the sender",
)
DIRECT = Words(
    "The user is not subscribed to the room",
    "",
    "The direct message room, {}, is already closed to the sender",
)


def open_channel(caller: Caller, which: WhichChannel, at: Instance) -> None:
    _open(at, caller, access_channel(at, caller, which), CHANNEL)


def close_channel(caller: Caller, which: WhichChannel, at: Instance) -> None:
    _close(at, caller, access_channel(at, caller, which), CHANNEL)


def open_group(caller: Caller, which: WhichGroup, at: Instance) -> None:
    _open(at, caller, access_group(at, caller, which), GROUP)


def close_group(caller: Caller, which: WhichGroup, at: Instance) -> None:
    _close(at, caller, access_group(at, caller, which), GROUP)


def open_direct(caller: Caller, which: DirectId, at: Instance) -> None:
    """Opening what is open already is fine."""
    _open(at, caller, _direct(caller, which, at), DIRECT)


def close_direct(caller: Caller, which: DirectId, at: Instance) -> None:
    _close(at, caller, _direct(caller, which, at), DIRECT)


def open_method(caller: Caller, which: Rid, at: Instance) -> int:
    """DDP: how many subscriptions changed; none in a room that one is not in."""
    return int(show(at, caller, _own(caller, which, at, "openRoom")))


def hide_method(caller: Caller, which: Rid, at: Instance) -> int:
    return int(hide(at, caller, _own(caller, which, at, "hideRoom")))


def show(at: Instance, caller: Caller, standing: Standing) -> bool:
    """Put a room into the caller's list; whether that changed anything."""
    own = standing.subscription
    if own is None or own.get("open"):
        return False
    return _set(at, caller, standing, {"open": True})


def hide(at: Instance, caller: Caller, standing: Standing) -> bool:
    """Take a room off the caller's list until someone else writes in it."""
    own = standing.subscription
    if own is None or not shown(own, standing.room).get("open"):
        return False
    return _set(at, caller, standing, {"open": False, "alert": False})


def _set(at: Instance, caller: Caller, standing: Standing, change: dict[str, Any]) -> bool:
    # What is on its way may carry a time just ahead of this clock: hidden is hidden.
    now = max(at.now(), standing.room.get("lm") or at.now())
    fields = {**change, "_updatedAt": now}
    if not change["open"]:
        fields[f"{OWN}.{HIDDEN}"] = now
    row = at.store.subscriptions.change(caller.uid, standing.room["_id"], fields)
    if row is not None:
        tell(at, caller, "updated", row, standing.room)
    return row is not None


def _own(caller: Caller, which: Rid, at: Instance, method: str) -> Standing:
    refuse = ChatError("error-not-allowed", "Not allowed", {"method": method})
    return access_room(at, caller, which.rid, refuse=refuse)


def _direct(caller: Caller, which: DirectId, at: Instance) -> Standing:
    standing = access_room(at, caller, which.roomId, refuse=Forbidden())
    if standing.room["t"] != "d":
        raise no_direct()
    return standing


def _open(at: Instance, caller: Caller, standing: Standing, words: Words) -> None:
    name = _name(standing)
    if _is_open(standing, words.outside.format(name)) and words.opened:
        raise ChatError(None, words.opened.format(name))
    show(at, caller, standing)


def _close(at: Instance, caller: Caller, standing: Standing, words: Words) -> None:
    name = _name(standing)
    if not _is_open(standing, (words.outside_closing or words.outside).format(name)):
        raise ChatError(None, words.closed.format(name))
    hide(at, caller, standing)


def _is_open(standing: Standing, outside: str) -> bool:
    """Refuses with the text `outside` who is not in the room."""
    if standing.subscription is None:
        raise ChatError(None, outside)
    return bool(shown(standing.subscription, standing.room).get("open"))


def _name(standing: Standing) -> str:
    room = standing.room
    named = room.get("fname") if room.get("prid") else room.get("name")
    return str(named or (standing.subscription or {}).get("name") or "")
