"""Second factors: whether one is asked for, which, and whether what was given is one.

The password stands in for it before protected rows where a person has none; never at login.
Codes by mail are not offered while no mail is sent.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from contrail.domain import blocking, totp
from contrail.domain.blocking import Attempt
from contrail.domain.instance import Instance
from contrail.domain.users import password_matches
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, LoginRefused, NotLoggedIn
from contrail.shapes.rows import Document, TwoFactor

PREFIX = "Accounts_TwoFactorAuthentication_"
TOTP, PASSWORD = "totp", "password"
LONGEST = 365 * 86_400
"""Seconds that a setting may have a device remembered for."""


def demand(at: Instance, caller: Caller, rule: TwoFactor) -> None:
    """Before a protected row: raises `totp-required` or `totp-invalid` unless it is given.

    The code is in `caller.proof`. What was proven counts for a while for the same login on the
    same device. One command more for what is asked for, two where a code is used up.
    """
    community = at.environment.edition == "community"
    forced = rule.forced or (rule.forced_in_community and community)
    if (at.environment.test_mode and not forced) or not at.setting(f"{PREFIX}Enabled"):
        return
    user = at.store.factors.of(caller.uid)
    if user is None:
        raise NotLoggedIn
    if _exempt(at, caller, user, rule):
        return
    method = _method(at, user, forced=forced)
    if method is None:
        return
    details = _details(at, user, method)
    if caller.proof is None or not caller.proof.code:
        raise ChatError("totp-required", "TOTP Required", details)
    attempt = Attempt(str(user.get("username") or ""), caller.address, caller.uid)
    try:
        if not _proves(at, user, method, caller.proof.code):
            blocking.failed(at, attempt)
            raise ChatError("totp-invalid", "TOTP Invalid", details)
        if blocking.judge(at, attempt):
            blocking.forgive(at, attempt)
    except LoginRefused as error:
        raise ChatError(error.code, error.reason) from None
    until = _remember_until(at, at.now())
    if rule.remember and until is not None:
        at.store.factors.remember(caller.uid, caller.token_hash, fingerprint(caller), until)


def asked_at_login(at: Instance, user: Document) -> bool:
    """Whether the password alone does not open this account."""
    if at.environment.test_mode or not at.setting(f"{PREFIX}Enabled"):
        return False
    return _has_totp(at, user)


def refused_at_login(at: Instance, user: Document, code: str) -> LoginRefused | None:
    """What to answer to this code or, when it is empty, to none; None for a right one."""
    details = _details(at, user, TOTP)
    if not code:
        return LoginRefused("totp-required", "TOTP Required", details)
    if proves_totp(at, user, code):
        return None
    return LoginRefused("totp-invalid", "TOTP Invalid", details)


def proves_totp(at: Instance, user: Document, code: str) -> bool:
    """Whether the code is one of the user's app, or a backup code. Either counts once."""
    known = user.get("services", {}).get("totp") or {}
    if len(code) == totp.BACKUP_LENGTH:
        hashed = totp.hash_backup_code(code)
        return at.store.factors.use_backup_code(user["_id"], hashed)
    return proves_secret(at, user["_id"], str(known.get("secret") or ""), code)


def proves_secret(at: Instance, uid: str, secret: str, code: str) -> bool:
    """Whether the code was made with this secret, and not used yet."""
    delta = min(max(at.number(f"{PREFIX}MaxDelta", 1), 0), 20)
    step = totp.step_of(secret, code, at.now(), delta) if secret else None
    return step is not None and at.store.factors.use_step(uid, step)


def fingerprint(caller: Caller) -> str:
    """What a device is known again by: its address and its user agent, hashed."""
    device = {"userAgent": caller.user_agent, "clientAddress": caller.address}
    return hashlib.sha256(json.dumps(device).encode()).hexdigest()


def _exempt(at: Instance, caller: Caller, user: Document, rule: TwoFactor) -> bool:
    tokens = user.get("services", {}).get("resume", {}).get("loginTokens") or ()
    token = next((one for one in tokens if one.get("hashedToken") == caller.token_hash), None)
    if token is None:
        return False
    if token.get("bypassTwoFactor") is True:
        return True
    if not rule.remember:
        return False
    now, created = at.now(), user.get("createdAt")
    fresh = _remember_until(at, created) if isinstance(created, datetime) else None
    if fresh is not None and fresh >= now:
        return True
    until = token.get("twoFactorAuthorizedUntil")
    known = token.get("twoFactorAuthorizedHash") == fingerprint(caller)
    return known and isinstance(until, datetime) and until >= now


def _remember_until(at: Instance, since: datetime) -> datetime | None:
    seconds = min(at.number(f"{PREFIX}RememberFor", 0), LONGEST)
    return since + timedelta(seconds=seconds) if seconds > 0 else None


def _has_totp(at: Instance, user: Document) -> bool:
    enabled = (user.get("services", {}).get("totp") or {}).get("enabled") is True
    return enabled and bool(at.setting(f"{PREFIX}By_TOTP_Enabled"))


def _method(at: Instance, user: Document, *, forced: bool) -> str | None:
    """What the person is asked for: what the client would rather use never weakens it."""
    if _has_totp(at, user):
        return TOTP
    fallback = at.setting(f"{PREFIX}Enforce_Password_Fallback")
    has_password = bool(user.get("services", {}).get("password", {}).get("bcrypt"))
    return PASSWORD if forced or (fallback and has_password) else None


def _details(at: Instance, user: Document, method: str) -> Document:
    available = [TOTP] if _has_totp(at, user) else []
    return {"method": method, "codeGenerated": False, "availableMethods": available}


def _proves(at: Instance, user: Document, method: str, code: str) -> bool:
    if method == TOTP:
        return proves_totp(at, user, code)
    return password_matches(user, code)
