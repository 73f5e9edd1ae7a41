"""Discussions: rooms that belong to another room, where a message tells of each."""

from __future__ import annotations

from contrail.domain import teams
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.facts import MessageSent
from contrail.shapes.rows import Document
from contrail.store.messages import revision


def kind_of(at: Instance, parent: Document) -> str | None:
    """What a discussion in a room is: private unless everyone may enter the room; None for none."""
    if parent["t"] not in ("c", "p", "d"):
        return None
    team_id = parent.get("teamId")
    if parent["t"] != "c" or (team_id and not teams.opens_to(at, "", team_id)):
        return "p"
    return "c"


def moved(at: Instance, caller: Caller, room: Document) -> MessageSent | None:
    """A discussion has a new message: the one in its parent that tells of it counts them.

    One command. What became of that message is read again by whoever hands it on.
    """
    told = at.store.discussions.count(room, at.now())
    if told is None:
        return None
    return MessageSent(
        message={"_id": told["_id"], "rid": told["rid"]},
        revision=revision(told),
        room={"_id": told["rid"]},
        slim=True,
        correlation_id=caller.correlation_id,
    )
