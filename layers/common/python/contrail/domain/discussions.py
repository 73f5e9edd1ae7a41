"""Discussions: rooms that belong to another room, where a message tells of each."""

from __future__ import annotations

from contrail.domain import teams
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.facts import MessageSent
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from contrail.store.messages import revision


def kind_of(at: Instance, parent: Document) -> str | None:
    """What a discussion in a room is: private unless everyone may enter the room; None for none."""
    if parent["t"] not in ("c", "p", "d"):
        return None
    team_id = parent.get("teamId")
    if parent["t"] != "c" or (team_id and not teams.open_to(at, team_id, [""])):
        return "p"
    return "c"


def is_told_of(at: Instance, room: Document) -> bool:
    """Whether the message that tells of a discussion was stored."""
    mid = room.get(OWN, {}).get("told")
    return mid is None or at.store.messages.by_id(mid) is not None


def moved(at: Instance, caller: Caller, room: Document) -> MessageSent | None:
    """A discussion has a new message: the one in its parent that tells of it counts them.

    One command. What became of that message is read again by whoever hands it on.
    """
    told = at.store.discussions.count(room, at.now())
    return None if told is None else _changed(caller, told)


def forget(at: Instance, caller: Caller, rid: str) -> None:
    """A discussion is gone: what told of it in its parent stays as a plain message."""
    while (told := at.store.discussions.forget(rid, at.now())) is not None:
        at.publish(_changed(caller, told))


def _changed(caller: Caller, told: Document) -> MessageSent:
    return MessageSent(
        message={"_id": told["_id"], "rid": told["rid"]},
        revision=revision(told),
        room={"_id": told["rid"]},
        slim=True,
        correlation_id=caller.correlation_id,
    )
