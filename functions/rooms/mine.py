"""The caller's own rooms and subscriptions, whole or what changed since."""

from __future__ import annotations

from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.sync import Synced, changed, synced
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input, Since, When
from contrail.shapes.rows import Document


class UpdatedSince(Input):
    documented = {
        "updatedSince": (
            "error-updatedSince-param-invalid",
            'The "updatedSince" query parameter must be a valid date.',
        )
    }
    updatedSince: When | None = None


def rooms(caller: Caller, since: UpdatedSince, at: Instance) -> dict[str, Any]:
    return {"update": changed(_rooms(caller, at), since.updatedSince), "remove": []}


def rooms_method(caller: Caller, since: Since, at: Instance) -> Synced:
    return synced(_rooms(caller, at), since.updatedAt)


def subscriptions(caller: Caller, since: UpdatedSince, at: Instance) -> dict[str, Any]:
    return {"update": changed(_subscriptions(caller, at), since.updatedSince), "remove": []}


def subscriptions_method(caller: Caller, since: Since, at: Instance) -> Synced:
    return synced(_subscriptions(caller, at), since.updatedAt)


def _rooms(caller: Caller, at: Instance) -> list[Document]:
    if not caller.logged_in:
        anonymous = at.setting("Accounts_AllowAnonymousRead")
        found = at.store.rooms.defaults() if anonymous else []
        return [room_shown(room) for room in found if room["t"] == "c"]
    pairs = at.store.subscriptions.with_rooms(caller.uid)
    return [room_shown(row["room"]) for row in pairs if row["room"]]


def _subscriptions(caller: Caller, at: Instance) -> list[Document]:
    """A subscription also counts as changed when its room moved."""
    if not caller.logged_in:
        return []
    return [shown(pair, pair["room"]) for pair in at.store.subscriptions.with_rooms(caller.uid)]
