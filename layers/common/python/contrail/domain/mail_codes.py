"""Codes by mail: a second factor for who has a verified address.

`services.email2fa {enabled changedAt}` says who uses it, `services.emailCode` holds the one code
that is under way: six digits as bcrypt keeps them, good once, for a while, and for a few guesses.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import bcrypt

from contrail.domain import mail, users
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.rows import Document
from contrail.shapes.wirejson import iso_date

PREFIX = "Accounts_TwoFactorAuthentication_"
DIGITS = 6
RENEWED = timedelta(minutes=5)
"""A code with less time left than that is replaced when one is asked for."""
LONGEST = 7 * 86_400
"""Seconds that a setting may let a code live."""
SOON = timedelta(minutes=5)
"""So long a stranger cannot have it replaced."""


def offered(at: Instance, user: Document) -> bool:
    """Whether codes by mail are this person's second factor; never where no mail can be sent."""
    services = user.get("services", {})
    if not at.setting(f"{PREFIX}By_Email_Enabled") or not mail.configured(at):
        return False
    enabled = (services.get("email2fa") or {}).get("enabled") is True
    return enabled and bool(mail.addresses(user, verified=True))


def ask(at: Instance, caller: Caller, user: Document) -> Document:
    """Details of `totp-required`: a code is on its way, a new one or that of a moment ago."""
    known = _known(user)
    if _alive(at, known, RENEWED) and not _used_up(at, known):
        return {"codeGenerated": False, "codeExpires": iso_date(known["expire"])}
    send(at, caller, user)
    return {"codeGenerated": True}


def named(user: Document) -> str:
    """What clients ask for another code by."""
    return str(user.get("username") or next(iter(mail.addresses(user)), ""))


def send(at: Instance, caller: Caller, user: Document) -> None:
    """Make a code in place of any before, and have it mailed to every verified address.

    Guesses at one that was still good go on counting: asking for codes makes no room for more.
    """
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    hashed = bcrypt.hashpw(code.encode(), bcrypt.gensalt(users.ROUNDS)).decode()
    known = _known(user)
    attempts = _guesses(known) if _alive(at, known) and not _used_up(at, known) else 0
    at.store.mail_tokens.set_code(user["_id"], hashed, at.now() + _lifetime(at), attempts)
    shown = f"{code[:3]}-{code[3:]}"
    mail.tell(at, caller, "code", user, verified=True, sealed={"code": shown})


def proves(at: Instance, user: Document, given: str) -> bool:
    """Whether this is the code. Every guess is counted before it is looked at."""
    known, digits = _known(user), re.sub(r"[^0-9]", "", given[:64])
    hashed = known.get("code")
    if not isinstance(hashed, str) or not _alive(at, known):
        return False
    tokens = at.store.mail_tokens
    if not tokens.try_code(user["_id"], hashed, _most(at)):
        return False
    return _matches(digits, hashed) and tokens.use_code(user["_id"], hashed)


def exhausted(at: Instance, user: Document) -> bool:
    """Whether one more wrong guess than those of `user` uses up what a code takes."""
    known = _known(user)
    return bool(known.get("code")) and _guesses(known) + 1 >= _most(at)


def waits(at: Instance, user: Document) -> bool:
    """Whether a code stays as it is when anyone at all asks for another one: for a while after it
    was made, and when it is used up, since only who knows the password gets another one then.
    """
    known = _known(user)
    return _alive(at, known, _lifetime(at) - SOON) or (_alive(at, known) and _used_up(at, known))


def _known(user: Document) -> Document:
    found = user.get("services", {}).get("emailCode")
    # Older versions kept a list of them, none of which is good any more.
    return found if isinstance(found, dict) else {}


def _alive(at: Instance, known: Document, span: timedelta = timedelta(0)) -> bool:
    """Whether a code lives for longer than this yet."""
    expire: Any = known.get("expire")
    return isinstance(expire, datetime) and expire > at.now() + span


def _used_up(at: Instance, known: Document) -> bool:
    return _guesses(known) >= _most(at)


def _guesses(known: Document) -> int:
    counted = known.get("attempts")
    return counted if isinstance(counted, int) else 0


def _most(at: Instance) -> int:
    return max(at.number(f"{PREFIX}Max_Invalid_Email_Code_Attempts", 5), 1)


def _lifetime(at: Instance) -> timedelta:
    seconds = at.number(f"{PREFIX}By_Email_Code_Expiration", 3600)
    return timedelta(seconds=min(max(seconds, 60), LONGEST))


def _matches(digits: str, hashed: str) -> bool:
    try:
        return bcrypt.checkpw(digits.encode(), hashed.encode())
    except ValueError:
        return False
