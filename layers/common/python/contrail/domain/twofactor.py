"""Second factors: whether one is asked for, which, and whether what was given is one.

An authenticator app comes before codes by mail. The password stands in before protected rows where
a person has neither; never at login.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from contrail.domain import blocking, mail_codes, totp
from contrail.domain.blocking import Attempt
from contrail.domain.instance import Instance
from contrail.domain.users import password_matches
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, LoginRefused, NotLoggedIn
from contrail.shapes.rows import Document, TwoFactor

PREFIX = "Accounts_TwoFactorAuthentication_"
TOTP, EMAIL, PASSWORD = "totp", "email", "password"
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
    if not forced and _exempt(at, caller, user, rule):
        return
    method = _method(at, user, forced=forced, wanted=caller.proof.method if caller.proof else "")
    if method is None:
        return
    if caller.proof is None or not caller.proof.code:
        raise ChatError("totp-required", "TOTP Required", _asked(at, caller, user, method))
    attempt = Attempt(str(user.get("username") or ""), caller.address, caller.uid)
    try:
        if not _proves(at, user, method, caller.proof.code):
            blocking.failed(at, attempt)
            raise ChatError(*_wrong(at, user, method), _details(at, user, method))
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
    return bool(_available(at, user))


def asked_beside_mail(at: Instance, user: Document) -> bool:
    """Whether this account does not open to who has shown that they read its mail."""
    return asked_at_login(at, user) and _has_totp(at, user)


def refused_at_login(
    at: Instance, caller: Caller, user: Document, code: str
) -> LoginRefused | None:
    """What to answer to this code or, when it is empty, to none; None for a right one."""
    method = _available(at, user)[0]
    if not code:
        return LoginRefused("totp-required", "TOTP Required", _asked(at, caller, user, method))
    if _proves(at, user, method, code):
        return None
    return LoginRefused(*_wrong(at, user, method), _details(at, user, method))


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


def _available(at: Instance, user: Document) -> list[str]:
    known = [TOTP] if _has_totp(at, user) else []
    return [*known, EMAIL] if mail_codes.offered(at, user) else known


def _method(at: Instance, user: Document, *, forced: bool, wanted: str) -> str | None:
    """What the person is asked for: of several factors the one that the client would rather use."""
    available = _available(at, user)
    if available:
        return wanted if wanted in available else available[0]
    fallback = at.setting(f"{PREFIX}Enforce_Password_Fallback")
    has_password = bool(user.get("services", {}).get("password", {}).get("bcrypt"))
    return PASSWORD if forced or (fallback and has_password) else None


def _details(at: Instance, user: Document, method: str) -> Document:
    available = _available(at, user)
    details = {"method": method, "codeGenerated": False, "availableMethods": available}
    return {**details, "emailOrUsername": mail_codes.named(user)} if method == EMAIL else details


def _asked(at: Instance, caller: Caller, user: Document, method: str) -> Document:
    """Details of who is asked for a code, which is mailed to them if that is how they get it."""
    details = _details(at, user, method)
    return {**details, **mail_codes.ask(at, caller, user)} if method == EMAIL else details


def _wrong(at: Instance, user: Document, method: str) -> tuple[str, str]:
    if method == EMAIL and mail_codes.exhausted(at, user):
        return "totp-max-attempts", "TOTP Maximun Failed Attempts Reached"
    return "totp-invalid", "TOTP Invalid"


def _proves(at: Instance, user: Document, method: str, code: str) -> bool:
    if method == TOTP:
        return proves_totp(at, user, code)
    if method == EMAIL:
        return mail_codes.proves(at, user, code)
    return password_matches(user, code)
