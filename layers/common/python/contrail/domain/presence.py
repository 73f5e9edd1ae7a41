"""Who is there: connections come and go, and a person's status follows from them.

What happens to a connection is queued, in order per person, and worked off by the presence
service: logging in waits for none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal

import orjson

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserStatusChanged
from contrail.shapes.rows import Document

QUEUE = "presence"
QUIET = timedelta(seconds=200)
"""How long a connection may be silent before it is asked whether anybody is there."""
STRANGERS = "strangers"
"""The audience of connections on which nobody has logged in, for whoever looks after them."""
NOBODYS = (STRANGERS, "open")
STATUSES = ("online", "away", "offline", "busy")
TOLD = ("_id", "username", "name", "roles", "status", "statusText")
TOO_MANY, TROUBLE = "Presence_broadcast_disabled", "Troubleshoot_Disable_Presence_Broadcast"
"""Settings: one keeps changes of status from who does not watch the person, one from these too."""
State = Literal["online", "away", "gone"]


def note(at: Instance, caller: Caller, uid: str, connection_id: str, state: State) -> None:
    """Queue what became of a connection. `uid` may be empty for one that is gone."""
    at.bus.enqueue(
        QUEUE,
        orjson.dumps({"uid": uid, "connection_id": connection_id, "state": state}).decode(),
        group=uid or connection_id,
        dedup=random_id(),
        attributes={"correlation_id": caller.correlation_id},
    )


def merged(connections: Iterable[Mapping[str, Any]]) -> str:
    """How someone is connected: as well as the best of their connections."""
    found = {one.get("status") for one in connections}
    return next((status for status in ("online", "away") if status in found), "offline")


def shown(connection: str, chosen: str | None) -> str:
    """The status of someone who is connected so and has chosen this default."""
    if connection == "offline" or chosen not in ("busy", "away", "offline"):
        return connection
    return chosen


def tell(at: Instance, caller: Caller, user: Document) -> None:
    """Publish the status that `user` has now."""
    told = {key: user[key] for key in TOLD if key in user}
    told["status"] = told.get("status") if told.get("status") in STATUSES else "offline"
    at.publish(
        UserStatusChanged(
            user=told,
            everyone=not (at.setting(TOO_MANY) or at.setting(TROUBLE)),
            watched=not at.setting(TROUBLE),
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )
