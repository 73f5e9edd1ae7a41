"""Which usernames there may be, and which are free."""

from __future__ import annotations

import re
import secrets
import unicodedata

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

USUAL = "[0-9a-zA-Z-_.]+"
LONGEST = 256
TRIES = 5


def is_valid(at: Instance, username: str) -> bool:
    """Whether the whole name matches the workspace's pattern; the usual one where that is none."""
    try:
        pattern = re.compile(str(at.setting("UTF8_User_Names_Validation") or USUAL))
    except re.error:
        pattern = re.compile(USUAL)
    return len(username) <= LONGEST and bool(pattern.fullmatch(username))


def is_reserved(at: Instance, username: str) -> bool:
    return username.lower() in _listed(at, "Accounts_SystemBlockedUsernameList")


def is_blocked(at: Instance, username: str) -> bool:
    """Whether nobody may take it: by the workspace's own list, or by the system's."""
    return username.lower() in _listed(at, "Accounts_BlockedUsernameList") or is_reserved(
        at, username
    )


def is_available(at: Instance, username: str) -> bool:
    """Whether nobody and no team has it, in any case. Raises `error-blocked-username`."""
    if is_blocked(at, username):
        details = {"method": "checkUsernameAvailability", "field": username}
        reason = f"{username} is blocked and can't be used!"
        raise ChatError("error-blocked-username", reason, details)
    if at.store.teams.taken(username):
        return False
    return at.store.users.by_username(username, {"_id": 1}) is None


def suggest(at: Instance, user: Document) -> str:
    """A free name made of the user's name or verified address, else of the workspace's prefix."""
    verified = [one for one in user.get("emails") or () if one.get("verified")]
    wishes = [str(user.get("name") or ""), *(one["address"].split("@")[0] for one in verified)]
    slugs = [slug for slug in map(_slug, wishes) if slug]
    for slug in slugs:
        if _free(at, slug):
            return slug
    prefix = str(at.setting("Accounts_DefaultUsernamePrefixSuggestion") or "user")
    base = next(iter(slugs), prefix)
    numbers = [*range(TRIES), *(secrets.randbelow(10**6) for _ in range(TRIES))]
    return next((f"{base}-{n}" for n in numbers if _free(at, f"{base}-{n}")), base)


def _free(at: Instance, username: str) -> bool:
    if not is_valid(at, username):
        return False
    try:
        return is_available(at, username)
    except ChatError:
        return False


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9a-zA-Z-_.]", "", re.sub(r"\s+", ".", plain.strip())).lower()[:LONGEST]


def _listed(at: Instance, setting: str) -> set[str]:
    names = str(at.setting(setting) or "").split(",")
    return {name.strip().lower() for name in names if name.strip()}
