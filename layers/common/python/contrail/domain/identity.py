"""Usernames and names: changing them, and bringing every copy of them along.

The user document is changed first and marked (`_contrail.renamed`: the name before, and when); the
mark goes when every copy has followed. A sweep finishes what a dying process left.
"""

from __future__ import annotations

from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from contrail.domain import directs
from contrail.domain.instance import Instance
from contrail.domain.usernames import is_available, is_reserved, is_valid
from contrail.domain.users import taken
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserChanged, UserRenamed
from contrail.shapes.rows import Document
from contrail.store.collections import OWN

ABANDONED = timedelta(seconds=60)
"""A renaming that is older is taken for left half done: longer than any function may run."""


def wanted(
    at: Instance, user: Document, *, username: str | None, name: str | None, method: str
) -> Document:
    """The fields `username` and `name` that are to change; None leaves either as it is.

    Raises `error-could-not-save-identity` for what cannot be a name here or is someone else's, and
    `error-blocked-username`.
    """
    refused = ChatError(
        "error-could-not-save-identity", "Could not save user identity", {"method": method}
    )
    fields: Document = {}
    if username is not None and username.strip() != user.get("username"):
        fields["username"] = _username(at, user, username.strip(), refused)
    if name is not None and name.strip() != (user.get("name") or ""):
        fields["name"] = name.strip()
        if not fields["name"] and at.setting("Accounts_RequireNameForSignUp"):
            raise refused
    return fields


def _username(at: Instance, user: Document, username: str, refused: ChatError) -> str:
    if not username or not is_valid(at, username) or is_reserved(at, username):
        raise refused
    own = str(user.get("username") or "").lower() == username.lower()
    if not own and not is_available(at, username):
        raise refused
    return username


def save(at: Instance, caller: Caller, user: Document, fields: Document) -> Document:
    """The user with the names that `wanted` gave, and every copy of them.

    Raises `error-field-unavailable` for who came second to a name.
    """
    if not fields:
        return user
    now = at.now()
    finish(at, caller, user)
    change = {**fields, "_updatedAt": now}
    if "username" in fields:
        change[f"{OWN}.username"] = fields["username"].lower()
    change[f"{OWN}.renamed"] = {"from": user.get("username"), "at": now}
    try:
        changed = at.store.users.change(user["_id"], change)
    except DuplicateKeyError as error:
        raise taken(error, fields.get("username", ""), "") from None
    if changed is None:
        raise ChatError("error-invalid-user", "Invalid user")
    finish(at, caller, changed)
    at.publish(
        UserChanged(
            uid=user["_id"],
            diff=fields,
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )
    if "username" in fields or at.setting("UI_Use_Real_Name"):
        _tell(at, caller, changed)
    return changed


def finish(at: Instance, caller: Caller, user: Document) -> None:
    """Bring the copies of a user's name along, if that is not done yet. Safe to repeat."""
    renamed = user.get(OWN, {}).get("renamed")
    if not renamed:
        return
    uid, old, new = user["_id"], renamed.get("from"), user.get("username")
    copies = at.store.copies
    if new and old != new:
        copies.rename_author(uid, new)
        if old:
            copies.rename_mentions(old, new)
            copies.rename_in_rooms(uid, old, new)
    if new:
        copies.rename_in_subscriptions(uid, new, str(user.get("name") or ""))
        directs.rename(at, caller, uid)
    at.store.users.change(uid, {}, [f"{OWN}.renamed"], **{f"{OWN}.renamed.at": renamed["at"]})


def finish_all(at: Instance, caller: Caller) -> None:
    """Finish what was begun long ago."""
    for user in at.store.users.renamed_before(at.now() - ABANDONED):
        finish(at, caller, user)


def _tell(at: Instance, caller: Caller, user: Document) -> None:
    at.publish(
        UserRenamed(
            uid=user["_id"],
            username=str(user.get("username") or ""),
            name=str(user.get("name") or ""),
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )
