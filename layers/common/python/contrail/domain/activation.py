"""Activating and deactivating people."""

from __future__ import annotations

from contrail.domain import directs, logouts, mail, ownership
from contrail.domain.instance import Instance
from contrail.domain.roles import ADMIN, LastAdmin, keep_an_admin
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserChanged
from contrail.shapes.rows import Document

DEACTIVATED, IDLE, PENDING = "deactivated", "idle_too_long", "pending_approval"
"""Why someone is not active: lists of people are narrowed by it."""


def set_active(
    at: Instance, caller: Caller, user: Document, *, active: bool, confirm: bool = False
) -> None:
    """Raises for the last active admin, and `user-last-owner` unless `confirm` is given.

    Whoever is deactivated is logged out everywhere before this returns.
    """
    if active:
        _activate(at, caller, user)
    else:
        _deactivate(at, caller, user, confirm)
    if at.setting(f"Accounts_Send_Email_When_{'Activating' if active else 'Deactivating'}"):
        approved = user.get("inactiveReason") == PENDING
        activated = "approved" if approved else "activated"
        mail.tell(at, caller, activated if active else "deactivated", user)


def _activate(at: Instance, caller: Caller, user: Document) -> None:
    fields = {"active": True, "_updatedAt": at.now()}
    at.store.users.change(user["_id"], fields, ["reason", "inactiveReason"])
    directs.open_for(at, caller, user["_id"])
    _tell(at, caller, user["_id"], fields)


def leavings(at: Instance, user: Document, *, confirm: bool) -> list[ownership.Leaving]:
    """What becomes of the rooms of who is deactivated. Raises as `set_active`, and writes nothing.

    Whoever changes more of the user asks first, so that a refusal finds nothing changed.
    """
    rooms = ownership.leavings(at, user["_id"]) if user.get("username") else []
    if ADMIN in (user.get("roles") or ()):
        _refuse_last_admin(at, user["_id"])
    if not confirm:
        ownership.refuse_unconfirmed(at, rooms)
    return rooms


def _deactivate(at: Instance, caller: Caller, user: Document, confirm: bool) -> None:
    rooms = leavings(at, user, confirm=confirm)
    suspend(at, caller, user, DEACTIVATED)
    ownership.relinquish(at, caller, rooms)


def suspend(at: Instance, caller: Caller, user: Document, reason: str) -> None:
    """Deactivate someone and leave their rooms to them. Raises for the last active admin."""
    uid = user["_id"]
    fields = {"active": False, "inactiveReason": reason, "_updatedAt": at.now()}
    if "livechat-agent" in (user.get("roles") or ()):
        fields["statusLivechat"] = "not-available"
    try:
        keep_an_admin(at, uid, lambda session: at.store.users.set(uid, fields, session))
    except LastAdmin:
        raise _without_admin() from None
    log_out_everywhere(at, caller, uid)
    directs.close_for(at, caller, uid)
    _tell(at, caller, uid, fields)


def log_out_everywhere(at: Instance, caller: Caller, uid: str) -> None:
    """Nothing published afterwards reaches them.

    The connection that the request came over is left open for its answer; being unknown from here
    on, it ends with the next frame.
    """
    logouts.end_all(at, caller, uid)
    if uid == caller.uid and caller.connection_id:
        at.connections.close(caller.connection_id)


def _refuse_last_admin(at: Instance, uid: str) -> None:
    """Told before the rooms are: nothing would help."""
    others = [one for one in at.store.users.admins() if one["_id"] != uid]
    if not any(one.get("active") is not False for one in others):
        raise _without_admin()


def _without_admin() -> ChatError:
    reason = "Leaving the app without an active admin is not allowed"
    details = {"method": "removeUserFromRole", "action": "Remove_last_admin"}
    return ChatError("error-action-not-allowed", reason, details)


def _tell(at: Instance, caller: Caller, uid: str, diff: Document) -> None:
    correlation_id = caller.correlation_id
    at.publish(UserChanged(uid=uid, diff=diff, nonce=random_id(), correlation_id=correlation_id))
