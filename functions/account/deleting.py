"""Deleting people, oneself among them."""

from __future__ import annotations

from contrail.domain import blocking, deletion
from contrail.domain.instance import Instance
from contrail.domain.users import digest, password_matches
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from functions.account.admitting import attempt_of
from functions.account.allowed import refuse_unless
from functions.account.finding import SomeUser, find, myself


class Delete(SomeUser):
    confirmRelinquish: bool = False


class DeleteMethod(Input):
    userId: str
    confirmRelinquish: bool = False


class DeleteOwn(Input):
    """`password` is the hex SHA-256 of it; of the username for who has none."""

    password: str = ""
    confirmRelinquish: bool = False


def delete(caller: Caller, which: Delete, at: Instance) -> None:
    if not at.allows(caller, "delete-user"):
        raise Forbidden
    deletion.delete(at, caller, find(at, which), confirm=which.confirmRelinquish)


def delete_method(caller: Caller, which: DeleteMethod, at: Instance) -> bool:
    refuse_unless(at, caller, "delete-user", "deleteUser")
    user = at.store.users.by_id(which.userId)
    if user is None:
        raise ChatError("error-invalid-user", "Invalid user to delete", {"method": "deleteUser"})
    deletion.delete(at, caller, user, confirm=which.confirmRelinquish)
    return True


def delete_own(caller: Caller, given: DeleteOwn, at: Instance) -> None:
    if not given.password:
        raise ChatError(None, 'Body parameter "password" is required.')
    _delete_own(caller, given, at)


def delete_own_method(caller: Caller, given: DeleteOwn, at: Instance) -> bool:
    _delete_own(caller, given, at)
    return True


def _delete_own(caller: Caller, given: DeleteOwn, at: Instance) -> None:
    details = {"method": "deleteUserOwnAccount"}
    if not at.setting("Accounts_AllowDeleteOwnAccount"):
        raise ChatError("error-not-allowed", "Not allowed", details)
    user = myself(at, caller)
    if user.get("services", {}).get("password", {}).get("bcrypt"):
        right = password_matches(user, given.password.strip().lower())
        if not blocking.counted(at, attempt_of(caller, user), right=right):
            raise ChatError("error-invalid-password", "Invalid password", details)
    elif digest(str(user.get("username") or "")) != given.password.strip().lower():
        raise ChatError("error-invalid-username", "Invalid username", details)
    deletion.delete(at, caller, user, confirm=given.confirmRelinquish)
