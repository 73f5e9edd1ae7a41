"""Whom of the workspace's users an entry is, and making them so."""

from __future__ import annotations

from collections.abc import Iterable

from pymongo.errors import DuplicateKeyError

from contrail.domain import activation, identity, usernames, users
from contrail.domain.instance import Instance
from contrail.domain.members import join_defaults
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.logs import warn
from contrail.shapes.people_facts import UserChanged
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.ldap.profiles import Mapping, Profile, stamped

REFUSED = "LDAP-login-error"
UNTOLD = ("services.", OWN, "importIds", "ldap")
"""Fields that no client hears of."""
TRIES = 2


def linked(user: Document) -> bool:
    """Whether the user is one of the directory's already."""
    return user.get("ldap") is True or bool(user.get("services", {}).get("ldap", {}).get("id"))


def is_anothers(user: Document, profile: Profile) -> bool:
    """Whether the user belongs to another entry, whatever name or address this one bears.

    Where the workspace has come to identify entries by another attribute, nobody knows yet.
    """
    link = user.get("services", {}).get("ldap") or {}
    if not link.get("id") or link["id"] == profile.id:
        return False
    return link.get("idAttribute") in (None, profile.attribute)


class Known:
    """Users among whom entries are looked for."""

    def __init__(self, candidates: Iterable[Document]) -> None:
        self._by_link: dict[tuple[str, str | None], Document] = {}
        self._by_name: dict[str, Document] = {}
        self._by_address: dict[str, Document] = {}
        for user in candidates:
            link = user.get("services", {}).get("ldap") or {}
            if link.get("id"):
                self._by_link[link["id"], link.get("idAttribute")] = user
            self._by_name[str(user.get("username") or "").lower()] = user
            for one in user.get("emails") or ():
                if one.get("verified"):
                    self._by_address[one["address"].lower()] = user

    def whom(self, profile: Profile) -> Document | None:
        """By the directory's id, else by username, else by an address that was verified."""
        for attribute in (profile.attribute, None):
            if (profile.id, attribute) in self._by_link:
                return self._by_link[profile.id, attribute]
        found = self._by_name.get(profile.username.lower())
        if found is not None:
            return None if is_anothers(found, profile) else found
        owners = (self._by_address.get(one) for one in profile.addresses)
        return next((user for user in owners if user and not _has_entry(user)), None)


def _has_entry(user: Document) -> bool:
    return bool((user.get("services", {}).get("ldap") or {}).get("id"))


def sign_in(
    at: Instance, caller: Caller, mapping: Mapping, profile: Profile
) -> tuple[Document, bool]:
    """The user that this is, brought up to date or new, and which of both.

    Raises `LDAP-login-error`.
    """
    for _ in range(TRIES):
        user = _find(at, profile)
        if user is None:
            made = _create(at, caller, mapping, profile)
            if made is not None:
                return made, True
            continue
        merges = not linked(user)
        if merges and at.setting("LDAP_Merge_Existing_Users") is not True:
            raise _taken(str(user.get("username")))
        if merges or at.setting("LDAP_Update_Data_On_Login") is not False:
            user = _update(at, caller, mapping, profile, user)
        return user, False
    raise _taken(profile.username)


def fit(at: Instance, profile: Profile) -> bool:
    """Whether its username can be one here."""
    if not usernames.is_valid(at, profile.username):
        return False
    return not usernames.is_blocked(at, profile.username)


def document_of(at: Instance, mapping: Mapping, profile: Profile) -> Document:
    """What is stored of a new user besides what `users.make` knows."""
    fields = mapping.fields_of(profile)
    custom = {name: value for name, value in profile.custom.items() if value}
    return {
        "ldap": True,
        "services": {"ldap": fields["services.ldap"]},
        "importIds": fields["importIds"],
        "active": profile.active is not False,
        **({"customFields": custom} if custom else {}),
        **({"emails": mapping.emails_of(profile, {})} if profile.addresses else {}),
    }


def default_roles(at: Instance) -> list[str]:
    """What who comes from a directory is, without more; never nobody."""
    listed = str(at.setting("Accounts_Registration_AuthenticationServices_Default_Roles") or "")
    return list(dict.fromkeys(filter(None, map(str.strip, listed.split(","))))) or ["user"]


def told(caller: Caller, uid: str, fields: Document) -> UserChanged:
    return UserChanged(
        uid=uid,
        diff={key: value for key, value in fields.items() if not key.startswith(UNTOLD)},
        nonce=random_id(),
        correlation_id=caller.correlation_id,
    )


def follow_active(at: Instance, caller: Caller, profile: Profile, user: Document) -> None:
    """Activate or deactivate the user as the directory says, where it has a say."""
    active = user.get("active") is not False
    if profile.active is None or profile.active == active:
        return
    try:
        activation.set_active(at, caller, user, active=profile.active, confirm=True)
    except ChatError as error:
        warn("left active", uid=user["_id"], error=error.code)


def _find(at: Instance, profile: Profile) -> Document | None:
    known = at.store.linked.candidates([profile.id], [profile.username], profile.addresses)
    # An imported name may differ in the case of its letters.
    found = Known(known).whom(profile) or at.store.users.by_username(profile.username)
    return None if found is None or is_anothers(found, profile) else found


def _create(at: Instance, caller: Caller, mapping: Mapping, profile: Profile) -> Document | None:
    """None when someone else just took the name or the address."""
    if not fit(at, profile):
        raise ChatError(REFUSED, "The directory gives no username that is valid here")
    if at.store.teams.taken(profile.username):
        raise _taken(profile.username)
    try:
        user = users.make(
            at,
            username=profile.username,
            name=profile.name or profile.username,
            email=next(iter(profile.addresses), ""),
            password_digest=None,
            roles=default_roles(at),
            **document_of(at, mapping, profile),
        )
    except DuplicateKeyError as error:
        if users.is_address(error):
            raise _taken(profile.username) from None
        return None
    joining = Caller(
        uid=user["_id"],
        username=user["username"],
        name=user["name"],
        correlation_id=caller.correlation_id,
    )
    join_defaults(at, joining, silenced=True)
    return user


def _update(
    at: Instance, caller: Caller, mapping: Mapping, profile: Profile, user: Document
) -> Document:
    fields = stamped(mapping.changes(profile, user), at.now())
    try:
        changed = at.store.users.change(user["_id"], fields) if fields else user
    except DuplicateKeyError:
        # Someone else has the address: no reason to keep its owner out.
        warn("address kept", uid=user["_id"])
        del fields["emails"]
        changed = at.store.users.change(user["_id"], fields)
    if changed is None:
        raise ChatError(REFUSED, "The user was deleted")
    if fields:
        if any(name.startswith("customFields.") for name in fields):
            at.store.copies.set_custom_fields(user["_id"], changed["customFields"])
        at.publish(told(caller, user["_id"], fields))
    changed = _rename(at, caller, mapping, profile, changed)
    follow_active(at, caller, profile, changed)
    return changed


def _rename(
    at: Instance, caller: Caller, mapping: Mapping, profile: Profile, user: Document
) -> Document:
    names = mapping.renaming(profile, user)
    if "username" in names and not fit(at, profile):
        del names["username"]
    try:
        return identity.save(at, caller, user, names)
    except ChatError as error:
        warn("name kept", uid=user["_id"], error=error.code)
        return user


def _taken(username: str) -> ChatError:
    reason = (
        "LDAP Authentication succeeded, but there's already an existing user with provided "
        f"username [{username}] in Mongo."
    )
    return ChatError(REFUSED, reason)
