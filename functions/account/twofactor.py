"""Second factors of one's own account: authenticator apps and backup codes."""

from __future__ import annotations

from contrail.domain import blocking, logouts, mail, totp, twofactor
from contrail.domain.blocking import Attempt
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, NotLoggedIn
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.people_facts import UserChanged
from contrail.shapes.rows import Document

INVALID = "invalid-totp"


class Code(Input):
    code: str


class Whose(Input):
    """Someone else, or nobody for the caller."""

    userId: str = ""
    username: str = ""
    user: str = ""


def enable(caller: Caller, _: NoInput, at: Instance) -> dict[str, str]:
    """`{secret, url}` for an app; in force once `validate` has seen a code of it.

    Raises `error-invalid-user` while an address is unverified, `error-2fa-already-enabled`.
    """
    user = _user(caller, at)
    details = {"method": "2fa:enable"}
    if not user.get("username"):
        raise ChatError("error-invalid-user", "Invalid user", details)
    if any(not address.get("verified") for address in user.get("emails") or ()):
        reason = "You need to verify your emails before setting up 2FA"
        raise ChatError("error-invalid-user", reason, details)
    secret = totp.new_secret()
    if not at.store.factors.begin(caller.uid, secret):
        raise ChatError("error-2fa-already-enabled")
    return {"secret": secret, "url": totp.otpauth_url(secret, user["username"])}


def validate(caller: Caller, given: Code, at: Instance) -> dict[str, list[str]]:
    """`{codes}`, backup codes that are never shown again. Every other login of the user ends.

    Raises `invalid-totp` for a wrong code.
    """
    user = _user(caller, at)
    secret = str(_factor(user).get("tempSecret") or "")
    if not _checked(at, caller, user, twofactor.proves_secret(at, caller.uid, secret, given.code)):
        raise ChatError(INVALID)
    codes, hashed = _backup_codes()
    if not at.store.factors.enable(caller.uid, secret, hashed):
        raise ChatError(INVALID)
    logouts.end_others(at, caller, caller.uid, caller.token_hash)
    _tell(at, caller, caller.uid, enabled=True)
    return {"codes": codes}


def disable(caller: Caller, given: Code, at: Instance) -> bool:
    """False for a wrong code, or when no factor is enabled."""
    user = _user(caller, at)
    if not _proves(at, caller, user, given.code) or not at.store.factors.disable(caller.uid):
        return False
    _tell(at, caller, caller.uid, enabled=False)
    return True


def regenerate_codes(caller: Caller, given: Code, at: Instance) -> dict[str, list[str]] | None:
    """`{codes}` in place of those left, void for a wrong code. Raises `invalid-totp` without a
    factor.
    """
    user = _user(caller, at)
    if _factor(user).get("enabled") is not True:
        raise ChatError(INVALID)
    if not _proves(at, caller, user, given.code):
        return None
    codes, hashed = _backup_codes()
    return {"codes": codes} if at.store.factors.set_backup_codes(caller.uid, hashed) else None


def codes_remaining(caller: Caller, _: NoInput, at: Instance) -> dict[str, int]:
    """`{remaining}`. Raises `invalid-totp` without a factor."""
    factor = _factor(_user(caller, at))
    if factor.get("enabled") is not True:
        raise ChatError(INVALID)
    return {"remaining": len(factor.get("hashedBackup") or ())}


def reset(caller: Caller, whose: Whose, at: Instance) -> None:
    """Take the factor away, one's own or with edit-other-user-totp another's.

    Every login of who had one ends. Raises `error-not-allowed`, `error-invalid-user`.
    """
    uid = whose_account(caller, whose, "edit-other-user-totp", at)
    if at.store.factors.disable(uid):
        logouts.end_all(at, caller, uid)
        _tell(at, caller, uid, enabled=False)
        notify(at, caller, uid, "totp-reset")


def notify(at: Instance, caller: Caller, uid: str, kind: str) -> None:
    """Whose account somebody else changed hears of it at every verified address."""
    user = None if uid == caller.uid else at.store.users.by_id(uid, {"emails": 1, "name": 1})
    if user is not None:
        mail.tell(at, caller, kind, user, verified=True)


def whose_account(caller: Caller, whose: Whose, permission: str, at: Instance) -> str:
    """The id of who is meant: the caller or, with the permission, somebody else.

    Raises `error-not-allowed`, `error-invalid-user`, and `error-two-factor-not-enabled` for others
    where there are no second factors.
    """
    uid = _named(caller, whose, permission, at)
    if uid != caller.uid and not at.setting(f"{twofactor.PREFIX}Enabled"):
        raise ChatError("error-two-factor-not-enabled", "Two factor authentication is not enabled")
    return uid


def _named(caller: Caller, whose: Whose, permission: str, at: Instance) -> str:
    named = whose.userId or whose.username or whose.user
    if not named or (not whose.username and named == caller.uid):
        return caller.uid
    if not at.allows(caller, permission):
        raise ChatError("error-not-allowed", "Not allowed")
    by_name = whose.username or whose.user
    users = at.store.users
    found = users.by_id(whose.userId, {"_id": 1}) if whose.userId else None
    found = found or users.by_username(by_name or whose.userId, {"_id": 1})
    if found is None:
        reason = 'The required "userId" or "username" param provided does not match any users'
        raise ChatError("error-invalid-user", reason)
    return str(found["_id"])


def _user(caller: Caller, at: Instance) -> Document:
    user = at.store.factors.of(caller.uid)
    if user is None:
        raise NotLoggedIn
    return user


def _factor(user: Document) -> Document:
    found: Document = user.get("services", {}).get("totp") or {}
    return found


def _proves(at: Instance, caller: Caller, user: Document, code: str) -> bool:
    if _factor(user).get("enabled") is not True:
        return False
    return _checked(at, caller, user, twofactor.proves_totp(at, user, code))


def _checked(at: Instance, caller: Caller, user: Document, right: bool) -> bool:
    """Codes are not to be guessed here either: wrong ones count as failed logins do."""
    attempt = Attempt(str(user.get("username") or ""), caller.address, caller.uid)
    return blocking.counted(at, attempt, right=right)


def _backup_codes() -> tuple[list[str], list[str]]:
    codes = totp.new_backup_codes()
    return codes, [totp.hash_backup_code(code) for code in codes]


def _tell(at: Instance, caller: Caller, uid: str, *, enabled: bool) -> None:
    diff = {"services.totp.enabled": enabled}
    at.publish(
        UserChanged(uid=uid, diff=diff, nonce=random_id(), correlation_id=caller.correlation_id)
    )
