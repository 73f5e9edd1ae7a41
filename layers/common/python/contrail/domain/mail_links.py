"""Links that mails carry: their tokens, and how long and for which address they hold."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from contrail.domain import mail
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.rows import Document

RESET_FOR, VERIFY_FOR = timedelta(days=3), timedelta(days=30)
"""How long links hold that open an account, and those that verify an address."""
SOON = timedelta(minutes=1)
"""Asked for again within it, a link is not sent a second time: nobody's mailbox is flooded."""


def new_reset(at: Instance, uid: str, address: str) -> str | None:
    """The page that resets the password; None when the address is not theirs any more."""
    token = secrets.token_urlsafe(32)
    if not at.store.mail_tokens.set_reset(uid, address, hash_token(token), at.now()):
        return None
    return f"{mail.site_url(at)}/reset-password/{token}"


def new_verification(at: Instance, uid: str, address: str) -> str | None:
    """Likewise, the one that verifies the address."""
    token = secrets.token_urlsafe(32)
    if not at.store.mail_tokens.add_verification(uid, address, hash_token(token), at.now()):
        return None
    return f"{mail.site_url(at)}/#/verify-email/{token}"


def find_reset(at: Instance, token: str) -> tuple[Document, Document] | None:
    """Whose password the token resets, and its link; None for one that is unknown or too old."""
    user = at.store.mail_tokens.by_reset(token, hash_token(token)) if token else None
    if user is None:
        return None
    link: Document = user["services"]["password"]["reset"]
    return (user, link) if _holds(at, link, RESET_FOR) else None


def is_reset(at: Instance, token: str) -> bool:
    """Whether somebody's password has such a link, however old."""
    return bool(token) and at.store.mail_tokens.by_reset(token, hash_token(token)) is not None


def find_verification(at: Instance, token: str) -> tuple[Document, Document] | None:
    hashed = hash_token(token)
    user = at.store.mail_tokens.by_verification(token, hashed) if token else None
    if user is None:
        return None
    known: list[Document] = user["services"]["email"]["verificationTokens"]
    link = next(
        one for one in known if one.get("hashedToken") == hashed or one.get("token") == token
    )
    return (user, link) if _holds(at, link, VERIFY_FOR) else None


def opens(at: Instance, user: Document, link: Document, place: int) -> bool:
    """Whether a link that verifies the address at this place logs in besides.

    As long as one that resets a password does, and the first time that the address is shown to be
    the user's: an old mail that lies about opens nothing.
    """
    return not user["emails"][place].get("verified") and _holds(at, link, RESET_FOR)


def place_of(user: Document, address: object) -> int | None:
    """Where in the user's `emails` the address stands."""
    known = [one.get("address") for one in user.get("emails") or ()]
    return known.index(address) if address in known else None


def sent_just_now(at: Instance, link: Document | None) -> bool:
    when = (link or {}).get("when")
    return isinstance(when, datetime) and when > at.now() - SOON


def _holds(at: Instance, link: Document, span: timedelta) -> bool:
    when = link.get("when")
    return isinstance(when, datetime) and when + span > at.now()
