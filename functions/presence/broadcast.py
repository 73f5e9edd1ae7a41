"""Telling everyone of everyone's status: how many that would reach, and the switch."""

from __future__ import annotations

from typing import Any

from contrail.domain import settings
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import note

MOST = 200
"""Connections beyond which a community workspace stops telling everyone of everyone."""
SWITCH = "Presence_broadcast_disabled"


def connections(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    return {"current": at.store.presence.count(), "max": MOST}


def enable(caller: Caller, _: NoInput, at: Instance) -> None:
    _switch(caller, at, disabled=False)


def cut_off(caller: Caller, at: Instance) -> None:
    """Stop broadcasting where there are too many to broadcast to."""
    at.caches.refresh()
    if at.environment.edition == "enterprise" or at.setting(SWITCH):
        return
    count = at.store.presence.count()
    if count > MOST:
        note("presence broadcast stopped", connections=count)
        _switch(caller, at, disabled=True)


def _switch(caller: Caller, at: Instance, *, disabled: bool) -> None:
    found = {row["_id"]: row for row in at.store.settings.by_ids([SWITCH])}
    if found and found[SWITCH].get("value") is not disabled:
        settings.change(at, caller, found, {SWITCH: {"value": disabled}})
