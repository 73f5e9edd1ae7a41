"""Activating and deactivating people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field

from contrail.domain import activation
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.logs import note
from functions.account.allowed import refuse_unless

PERMISSION = "edit-other-user-active-status"
LONGEST = 36_500
"""Days: nobody has been away for longer."""


class SetActiveStatus(Input):
    userId: str = Field(min_length=1)
    activeStatus: bool
    confirmRelinquish: bool = False


class SetActiveMethod(Input):
    userId: str
    active: bool
    confirmRelinquish: bool = False


class Idle(Input):
    daysIdle: int = Field(ge=0)
    role: str = "user"


def set_active_status(caller: Caller, wanted: SetActiveStatus, at: Instance) -> dict[str, Any]:
    """`{_id, active}`."""
    if not at.allows(caller, PERMISSION) and not at.allows(caller, "manage-moderation-actions"):
        raise Forbidden
    _set(caller, wanted.userId, at, active=wanted.activeStatus, confirm=wanted.confirmRelinquish)
    return {"_id": wanted.userId, "active": wanted.activeStatus}


def set_active_method(caller: Caller, wanted: SetActiveMethod, at: Instance) -> bool:
    refuse_unless(at, caller, PERMISSION, "setUserActiveStatus")
    _set(caller, wanted.userId, at, active=wanted.active, confirm=wanted.confirmRelinquish)
    return True


def _set(caller: Caller, uid: str, at: Instance, *, active: bool, confirm: bool) -> None:
    user = at.store.users.by_id(uid)
    if user is None:
        details = {"method": "setUserActiveStatus"}
        raise ChatError("error-invalid-user", "Invalid user", details)
    activation.set_active(at, caller, user, active=active, confirm=confirm)


def deactivate_idle(caller: Caller, which: Idle, at: Instance) -> dict[str, Any]:
    """Whoever of the role has not logged in for so many days; how many were deactivated.

    Their rooms stay as they are, and so does the last active admin.
    """
    if not at.allows(caller, PERMISSION):
        raise Forbidden
    since = at.now() - timedelta(days=min(which.daysIdle, LONGEST))
    count = 0
    for uid in at.store.directory.idle(since, which.role):
        user = at.store.users.by_id(uid)
        try:
            if user is not None:
                activation.suspend(at, caller, user, activation.IDLE)
                count += 1
        except ChatError as error:
            note("not deactivated", uid=uid, why=str(error.code))
    return {"count": count}
