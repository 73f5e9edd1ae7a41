"""Making users, and showing them."""

from __future__ import annotations

import hashlib
from typing import Any

import bcrypt
from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import OWN

ROUNDS = 10
BOT = "rocket.cat"
"""Id and username of who speaks for the workspace."""
UNKNOWN_USER = b"$2b$10$abcdefghijklmnopqrstuu37RkUr9H1EPO4Rc63Ngz60LSVREthYa"
"""A hash that no password has: what a name nobody bears is checked against."""
SELF_FIELDS = (
    "_id name username emails status statusConnection statusDefault statusText utcOffset active "
    "language roles type nickname bio avatarETag avatarUrl requirePasswordChange customFields "
    "createdAt _updatedAt lastLogin settings"
).split()
OTHER_FIELDS = (
    "_id name username status statusText utcOffset active type nickname bio avatarETag reason "
    "createdAt freeSwitchExtension statusLivechat extension federated"
).split()
FULL_FIELDS = [
    *OTHER_FIELDS,
    *("emails", "phone", "roles", "lastLogin", "statusConnection", "statusDefault", "_updatedAt"),
    *("requirePasswordChange", "requirePasswordChangeReason", "importIds", "language"),
]
SECRET_FIELDS = frozenset(("services", "inviteToken", "e2e", OWN, "__rooms"))


def digest(password: str) -> str:
    """Lower-case hex SHA-256: what clients send instead of a password."""
    return hashlib.sha256(password.encode()).hexdigest()


def hash_password(hexdigest: str) -> str:
    """bcrypt over the hex digest, as Rocket.Chat stores it."""
    return bcrypt.hashpw(hexdigest.lower().encode(), bcrypt.gensalt(ROUNDS)).decode()


def password_matches(user: Document | None, hexdigest: str) -> bool:
    """Takes as long for a user who does not exist, so that time tells nothing."""
    stored = (user or {}).get("services", {}).get("password", {}).get("bcrypt")
    known = stored.encode() if isinstance(stored, str) else UNKNOWN_USER
    try:
        matches = bcrypt.checkpw(hexdigest.lower().encode(), known)
    except ValueError:
        return False
    return matches and stored is not None


def make(
    at: Instance,
    *,
    username: str | None,
    name: str | None,
    email: str,
    password_digest: str | None,
    roles: list[str],
    uid: str = "",
    **more: Any,
) -> Document:
    """Insert a user; the document. Raises `DuplicateKeyError` for a taken name or address.

    Only anonymous users have no username and no name; `email` is empty for none.
    """
    user = document(at, username, name, email, roles, uid=uid, **more)
    if password_digest is not None:
        user["services"]["password"] = {"bcrypt": hash_password(password_digest)}
    at.store.users.insert(user)
    return user


def document(
    at: Instance,
    username: str | None,
    name: str | None,
    email: str,
    roles: list[str],
    *,
    uid: str = "",
    **more: Any,
) -> Document:
    """A new user as `make` stores one, who has no password."""
    now = at.now()
    user: Document = {
        "_id": uid or random_id(),
        "createdAt": now,
        "username": username,
        "name": name,
        "emails": [{"address": email, "verified": bool(more.pop("verified", False))}],
        "type": "user",
        "status": "offline",
        "statusDefault": "online",
        "active": True,
        "roles": roles,
        "services": {},
        "settings": {},
        "_updatedAt": now,
        **more,
    }
    if not email:
        del user["emails"]
    if username is None:
        del user["username"]
    else:
        user[OWN] = own_name(username)
    if name is None:
        del user["name"]
    if at.setting("Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In"):
        user["services"]["email2fa"] = {"enabled": True, "changedAt": now}
    return user


def own_name(username: str) -> Document:
    """What is unique whatever the case of letters: the names of all users made or renamed here."""
    return {"username": username.lower()}


def taken(error: DuplicateKeyError, username: str, email: str) -> ChatError:
    """The documented answer to a username or address that another user has."""
    return in_use(email if is_address(error) else username)


def in_use(field: str) -> ChatError:
    details = {"method": "insertOrUpdateUser", "field": field}
    return ChatError("error-field-unavailable", f"{field} is already in use :(", details)


def is_address(error: DuplicateKeyError) -> bool:
    """Whether it was the address that someone else has, not the name."""
    return "emails.address" in (error.details or {}).get("keyPattern", {})


def avatar_url(at: Instance, username: str | None) -> str | None:
    return f"{at.environment.root_url}/avatar/{username}" if username else None


def services_shown(services: Document) -> Document:
    """A user's own `services`: that a password is set and which second factors are on."""
    shown: Document = {}
    if services.get("password", {}).get("bcrypt"):
        shown["password"] = True
    for factor in ("totp", "email2fa"):
        if factor in services:
            shown[factor] = {"enabled": bool(services[factor].get("enabled"))}
    return shown


def self_shown(at: Instance, user: Document) -> Document:
    """What a person gets about themselves: `me` and the login answer."""
    shown = {key: user[key] for key in SELF_FIELDS if key in user}
    shown["services"] = services_shown(user.get("services", {}))
    own = user.get("settings", {}).get("preferences", {})
    shown["settings"] = {"preferences": {**default_preferences(at), **own}}
    shown["avatarUrl"] = avatar_url(at, user.get("username"))
    if user.get("emails"):
        verified = next((e for e in user["emails"] if e.get("verified")), None)
        shown["email"] = (verified or {}).get("address")
    return {key: value for key, value in shown.items() if value is not None}


def default_preferences(at: Instance) -> Document:
    """Preferences that the workspace's settings give to everyone who chose none."""
    prefix = "Accounts_Default_User_Preferences_"
    values = at.caches.snapshot.settings.items()
    return {key.removeprefix(prefix): v for key, v in values if key.startswith(prefix)}


def whole_shown(user: Document) -> Document:
    """A user as who manages users gets it: no secret, nothing of ours."""
    return {key: value for key, value in user.items() if key not in SECRET_FIELDS}
