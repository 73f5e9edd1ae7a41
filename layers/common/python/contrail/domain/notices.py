"""Notices that only one person sees: a message in a room that is stored nowhere."""

from __future__ import annotations

from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.users import BOT
from contrail.shapes.caller import Caller
from contrail.shapes.facts import EphemeralMessage
from contrail.shapes.ids import random_id


def notify(at: Instance, caller: Caller, rid: str, *texts: str) -> None:
    """Tell the caller something in a room, each text in a notice of its own."""
    at.publish(*(_notice(at, caller, rid, text) for text in texts))


def _notice(at: Instance, caller: Caller, rid: str, text: str) -> EphemeralMessage:
    message: dict[str, Any] = {
        "_id": random_id(),
        "rid": rid,
        "msg": text,
        "ts": at.now(),
        "u": {"_id": BOT, "username": BOT},
        "private": True,
        "groupable": False,
    }
    return EphemeralMessage(uid=caller.uid, message=message, correlation_id=caller.correlation_id)
