"""Invite links: whoever knows one may join its room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain import members
from contrail.domain.access import find_standing
from contrail.domain.instance import Instance
from contrail.domain.mail import site_url
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.invite_facts import InviteMade
from contrail.shapes.rows import Document

PERMISSION = "create-invite-links"
DAYS, USES = (0, 1, 7, 15, 30), (0, 1, 5, 10, 25, 50, 100)
"""What an invite may be limited to; 0 is no limit."""
SHORT, TRIES = 6, 5
"""Characters of an invite's id, and ids that are tried."""
KINDS = ("c", "p")


class NewInvite(Input):
    rid: str
    days: int
    maxUses: int


class InviteId(Input):
    id: str = Field(alias="_id")


class Token(Input):
    token: str


def find_or_create(caller: Caller, given: NewInvite, at: Instance) -> Document:
    """The invite with its `url`: one that the caller made before, if it is still good."""
    standing = find_standing(at, caller, given.rid)
    if not at.allows(caller, PERMISSION, standing.roles if standing else ()):
        raise _not_authorized()
    details = {"method": "findOrCreateInvite"}
    if standing is None or standing.subscription is None:
        raise ChatError(
            "error-invalid-room", "The rid field is invalid", {**details, "field": "rid"}
        )
    if standing.room["t"] not in KINDS:
        reason = "Cannot create invite links for this room type"
        raise ChatError("error-room-type-not-allowed", reason, details)
    if given.days not in DAYS:
        reason = "Invite should expire in 1, 7, 15 or 30 days, or send 0 to never expire."
        raise ChatError("invalid-number-of-days", reason)
    if given.maxUses not in USES:
        reason = "Invite should be valid for 1, 5, 10, 25, 50, 100 or infinite (0) uses."
        raise ChatError("invalid-number-of-uses", reason)
    now = at.now()
    invite = _good(at, caller, given, now) or _make(at, caller, given, now)
    return {**invite, "url": _url(at, invite["_id"])}


def _good(at: Instance, caller: Caller, given: NewInvite, now: datetime) -> Document | None:
    """One that the caller has made; of those that are spent others may come in place."""
    spent = []
    for invite in at.store.invites.of(caller.uid, given.rid):
        if (invite["days"], invite["maxUses"]) != (given.days, given.maxUses):
            continue
        if not _spent(invite, now):
            return invite
        spent.append(invite["_id"])
    at.store.invites.retire(spent)
    return None


def _make(at: Instance, caller: Caller, given: NewInvite, now: datetime) -> Document:
    """Ids are short: one that is taken is drawn again. Who asks twice at once gets one."""
    invite: Document = {
        "days": given.days,
        "maxUses": given.maxUses,
        "rid": given.rid,
        "userId": caller.uid,
        "createdAt": now,
        "expires": now + timedelta(days=given.days) if given.days else None,
        "uses": 0,
        "_updatedAt": now,
    }
    key = f"{caller.uid}:{given.rid}:{given.days}:{given.maxUses}"
    for left in reversed(range(TRIES)):
        invite = {**invite, "_id": random_id(SHORT)}
        try:
            at.store.invites.insert(invite, key)
            break
        except DuplicateKeyError:
            made = _good(at, caller, given, now)
            if made is not None:
                return made
            if not left:
                raise
    at.publish(InviteMade(uid=caller.uid, invite=invite, correlation_id=caller.correlation_id))
    return invite


def list_all(caller: Caller, none: NoInput, at: Instance) -> list[Document]:
    if not at.allows(caller, PERMISSION):
        raise _not_authorized()
    return at.store.invites.all()


def remove(caller: Caller, which: InviteId, at: Instance) -> bool:
    if not at.allows(caller, PERMISSION):
        raise _not_authorized()
    if not at.store.invites.remove(which.id):
        details = {"method": "removeInvite"}
        raise ChatError("invalid-invitation-id", "Invalid Invitation _id", details)
    return True


def use(caller: Caller, given: Token, at: Instance) -> dict[str, Any]:
    """Join the room. A use is counted for who was not in it before, never beyond the limit."""
    invite, room = _valid(at, given.token)
    if room["t"] not in KINDS:
        reason = "Can't join room of this type via invite"
        raise ChatError("error-room-type-not-allowed", reason, {"method": "useInviteToken"})
    named = ("prid", "fname", "name", "t")
    shown = {"rid": room["_id"], **{key: room[key] for key in named if key in room}}
    if at.store.subscriptions.one(caller.uid, room["_id"]) is not None:
        return {"room": shown}
    if not at.store.invites.use(invite["_id"], invite["maxUses"], at.now()):
        raise _expired("maxUses")
    come = members.join(at, caller, room) if caller.username else _remember(at, caller, invite)
    if not come:
        at.store.invites.give_back(invite["_id"], at.now())
    return {"room": shown}


def _remember(at: Instance, caller: Caller, invite: Document) -> bool:
    """For who has no username: they come in once they have one (`members.join_defaults`). False
    when this invite is remembered already.
    """
    token = invite["_id"]
    before = {"inviteToken": {"$ne": token}}
    return at.store.users.change(caller.uid, {"inviteToken": token}, **before) is not None


def validate(caller: Caller, given: Token, at: Instance) -> dict[str, Any]:
    try:
        _valid(at, given.token)
    except ChatError:
        return {"valid": False}
    return {"valid": True}


def _valid(at: Instance, token: str) -> tuple[Document, Document]:
    """The invite and its room. Raises `error-invalid-token`, `error-invalid-room` and
    `error-invite-expired`.
    """
    invite = at.store.invites.by_id(token) if token else None
    reason, details = "The invite token is invalid.", {"method": "validateInviteToken"}
    if invite is None:
        raise ChatError("error-invalid-token", reason, {**details, "field": "token"})
    room = at.store.rooms.by_id(invite["rid"])
    if room is None:
        raise ChatError("error-invalid-room", reason, {**details, "field": "rid"})
    spent = _spent(invite, at.now())
    if spent:
        raise _expired(spent)
    return invite, room


def _spent(invite: Document, now: datetime) -> str:
    """The field by which an invite is good no more, empty while it is."""
    if invite.get("expires") and invite["expires"] <= now:
        return "expires"
    return "maxUses" if 0 < invite["maxUses"] <= invite["uses"] else ""


def _url(at: Instance, invite_id: str) -> str:
    """Straight to the workspace, or by the page that knows how to open the apps."""
    site = site_url(at)
    if at.setting("Accounts_Registration_InviteUrlType") == "direct":
        return f"{site}/invite/{invite_id}"
    proxy = str(at.setting("DeepLink_Url") or "").rstrip("/")
    parts = urlsplit(site)
    host, path = (
        quote(f"{parts.netloc}{parts.path}", safe=""),
        quote(f"invite/{invite_id}", safe=""),
    )
    secure = "" if parts.scheme == "https" else "&secure=no"
    return f"{proxy}/invite?host={host}&path={path}{secure}"


def _expired(field: str) -> ChatError:
    details = {"method": "validateInviteToken", "field": field}
    return ChatError("error-invite-expired", "The invite token has expired.", details)


def _not_authorized() -> ChatError:
    return ChatError("not_authorized")
