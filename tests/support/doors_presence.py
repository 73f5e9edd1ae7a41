"""Examples for the presence service: see `doors.py`."""

from __future__ import annotations

from tests.support.example import OK, VOID, Example, admin

REST: dict[str, Example] = {
    "GET v1/users.presence": Example({"users": [{"_id": str, "status": str}], "full": bool, **OK}),
    "GET v1/presence.getConnections": Example({"current": int, "max": 200, **OK}, sender=admin),
    "POST v1/presence.enableBroadcast": Example(OK, sender=admin),
}

METHODS: dict[str, Example] = {
    "UserPresence:online": Example(VOID, lambda scene: []),
    "UserPresence:away": Example(VOID, lambda scene: []),
    "UserPresence:setDefaultStatus": Example(VOID, lambda scene: ["away"]),
}
