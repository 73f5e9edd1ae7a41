"""Notices that only one person sees."""

from __future__ import annotations

from typing import Any

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.facts import EphemeralMessage
from contrail.shapes.ids import random_id


def notify(at: Instance, caller: Caller, rid: str, text: str) -> None:
    """Tell the caller something in a room; it is stored nowhere."""
    notice: dict[str, Any] = {
        "_id": random_id(),
        "rid": rid,
        "msg": text,
        "ts": at.now(),
        "u": {"_id": "rocket.cat", "username": "rocket.cat"},
        "private": True,
        "groupable": False,
    }
    fact = EphemeralMessage(uid=caller.uid, message=notice, correlation_id=caller.correlation_id)
    at.publish(fact)
