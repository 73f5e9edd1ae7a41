"""Keys of end-to-end encryption. Contrail keeps them for their owner, and can only drop them."""

from __future__ import annotations

from contrail.domain import logouts
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from functions.account.twofactor import Whose, notify, whose_account


def reset(caller: Caller, whose: Whose, at: Instance) -> None:
    """Drop one's own keys or, with edit-other-user-e2ee, another's, and those of their rooms.

    Every login of their owner ends: clients make new keys at the next one. Raises as
    `whose_account` does.
    """
    uid = whose_account(caller, whose, "edit-other-user-e2ee", at)
    at.store.subscriptions.drop_keys(uid, at.now())
    at.store.users.drop_keys(uid, at.now())
    logouts.end_all(at, caller, uid)
    notify(at, caller, uid, "e2e-reset")
