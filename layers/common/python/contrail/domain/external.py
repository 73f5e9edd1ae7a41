"""People whom a login service vouches for: finding their account, or making it."""

from __future__ import annotations

from typing import Any

from pymongo.errors import DuplicateKeyError

from contrail.domain import emails, logouts, usernames, users
from contrail.domain.activation import PENDING
from contrail.domain.instance import Instance
from contrail.domain.members import join_defaults
from contrail.domain.oauth_claims import Identity
from contrail.domain.oauth_services import LOCAL, Service
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, LoginRefused
from contrail.shapes.rows import Document
from contrail.store.collections import OWN

PREHIJACKED = (
    "This_email_has_already_been_used_and_has_not_been_verified__Please_change_your_password"
)


def account_of(at: Instance, caller: Caller, service: Service, identity: Identity) -> Document:
    """The user, linked to the service. Raises `LoginRefused` where no account may be opened."""
    user = _linked(at, identity)
    if user is not None:
        return _refreshed(at, user, identity)
    try:
        found = _mergeable(at, service, identity)
        if found is None:
            return _create(at, caller, identity)
        user = _link(at, caller, found, identity)
    except (DuplicateKeyError, LoginRefused) as error:
        # Of two first logins at once the other has made it meanwhile; else it is refused for good.
        user = _linked(at, identity)
        if user is None and isinstance(error, LoginRefused):
            raise
    if user is None:
        raise _exists(identity.username or identity.email)
    return _refreshed(at, user, identity)


def _linked(at: Instance, identity: Identity) -> Document | None:
    return at.store.external.linked(identity.service, identity.id, identity.key)


def _mergeable(at: Instance, service: Service, identity: Identity) -> Document | None:
    """An account that was made otherwise and is this person's. Raises where it may not be opened.

    By the address, only if the provider has verified it: whoever wrote a stranger's address into
    their profile would get the stranger's account.
    """
    found = None
    if service.custom and service.key_field == "username" and identity.known_as:
        found = at.store.users.by_username(identity.known_as)
    if found is None and identity.email:
        found = at.store.users.by_email(identity.email)
        if found is not None and not identity.verified:
            raise _exists(identity.email)
    if found is None:
        return None
    if not service.merges or not _is_free(service, found):
        raise _exists(str(found.get("username") or identity.email))
    return found


def _is_free(service: Service, user: Document) -> bool:
    """Whether it is nobody else's at this service and, where that counts, at no other either."""
    linked = {name for name in user.get("services", {}) if name not in LOCAL}
    return service.name not in linked and not (linked and service.custom and not service.distinct)


def _exists(name: str) -> LoginRefused:
    return LoginRefused("CustomOAuth", f"User with username {name} already exists")


def _link(at: Instance, caller: Caller, user: Document, identity: Identity) -> Document | None:
    addresses = user.get("emails") or ()
    own = next((one for one in addresses if _same(one.get("address"), identity.email)), None)
    if own is not None and not own.get("verified") and identity.verified:
        return _handed_over(at, caller, user, own["address"], identity)
    fields: Document = {f"services.{identity.service}.id": identity.id, "_updatedAt": at.now()}
    return at.store.external.link(user["_id"], identity.key, fields)


def _handed_over(
    at: Instance, caller: Caller, user: Document, address: str, identity: Identity
) -> Document | None:
    """Who had the account never proved that the address is theirs: nothing of theirs opens it.

    Not a password, a token or a second factor, not another service, nor an app they let in.
    """
    fields: Document = {"emails": [{"address": address, "verified": True}], "_updatedAt": at.now()}
    if user.get("services", {}).get("password"):
        fields |= {"requirePasswordChange": True, "requirePasswordChangeReason": PREHIJACKED}
    services = {identity.service: {"id": identity.id}}
    hashes = at.store.external.hand_over(user["_id"], address, identity.key, services, fields)
    if hashes is None:
        return None
    logouts.forget(at, caller, user["_id"], *hashes)
    at.store.oauth_grants.revoke_all_for(user["_id"])
    return at.store.users.by_id(user["_id"])


def _refreshed(at: Instance, user: Document, identity: Identity) -> Document:
    """What the service says of them now is kept; that it is linked, for imported ones too."""
    prefix = f"services.{identity.service}"
    known = user.get("services", {}).get(identity.service, {})
    fields = {f"{prefix}.{k}": v for k, v in identity.data.items() if known.get(k) != v}
    if not fields and identity.key in user.get(OWN, {}).get("external", ()):
        return user
    return at.store.external.link(user["_id"], identity.key, fields) or user


def _create(at: Instance, caller: Caller, identity: Identity) -> Document:
    if at.setting("Accounts_Registration_AuthenticationServices_Enabled") is False:
        reason = "User registration is disabled for authentication services"
        raise LoginRefused("registration-disabled-authentication-services", reason)
    email = _address(at, identity)
    username = _username(at, identity)
    active = not at.setting("Accounts_ManuallyApproveNewUsers")
    more: dict[str, Any] = {} if active else {"inactiveReason": PENDING}
    vouched = bool(at.setting("Accounts_Verify_Email_For_External_Accounts"))
    user = users.document(
        at,
        username,
        identity.name or username or "",
        email,
        _roles(at),
        active=active,
        verified=identity.verified and vouched,
        **more,
    )
    user["services"][identity.service] = identity.data
    user[OWN] = {**user.get(OWN, {}), "external": [identity.key]}
    if at.setting("Accounts_SetDefaultAvatar") is True:
        # Nobody's login waits for the picture that they have there.
        user[OWN]["portrait"] = identity.service
    at.store.users.insert(user)
    if username:
        join_defaults(at, _as_caller(user, caller))
    return user


def _address(at: Instance, identity: Identity) -> str:
    """Empty where the provider tells none. Raises for one that this workspace does not take."""
    if not identity.email:
        return ""
    try:
        return emails.check(at, identity.email)
    except ChatError as error:
        raise LoginRefused(error.code, error.reason) from None


def _username(at: Instance, identity: Identity) -> str | None:
    """None where they choose one themselves, after their first login."""
    if not identity.username:
        return None
    try:
        free = usernames.is_available(at, identity.username)
    except ChatError as error:
        raise LoginRefused(error.code, error.reason) from None
    if not free or not usernames.is_valid(at, identity.username):
        raise _exists(identity.username)
    return identity.username


def _roles(at: Instance) -> list[str]:
    listed = str(at.setting("Accounts_Registration_AuthenticationServices_Default_Roles") or "")
    return list(dict.fromkeys(r.strip() for r in listed.split(",") if r.strip())) or ["user"]


def _same(one: object, other: str) -> bool:
    return isinstance(one, str) and one.lower() == other.lower()


def _as_caller(user: Document, behind: Caller) -> Caller:
    return Caller(
        uid=user["_id"],
        username=user["username"],
        name=user.get("name") or "",
        correlation_id=behind.correlation_id,
    )
