"""Who it was that let an app in."""

from __future__ import annotations

from contrail.domain import oauth_grants
from contrail.domain.instance import Instance
from contrail.domain.users import avatar_url
from contrail.shapes.caller import Caller
from contrail.shapes.errors import NotLoggedIn
from contrail.shapes.inputs import Authorized
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from functions.oauth.replies import json, text

FIELDS = {"name": 1, "username": 1, "emails": 1, "_updatedAt": 1}


def userinfo(caller: Caller, given: Authorized, at: Instance) -> Reply:
    if not given.authorization:
        return text("No token", 401)
    token = given.authorization.partition(" ")[2].strip()
    try:
        uid = oauth_grants.authenticate(at, token, caller).uid
    except NotLoggedIn:
        return text("Invalid Token", 401)
    user = at.store.users.by_id(uid, FIELDS) or {}
    email: Document = next(iter(user.get("emails") or ()), {})
    return json(
        {
            "sub": uid,
            "name": user.get("name"),
            "email": email.get("address"),
            "email_verified": email.get("verified"),
            "department": "",
            "birthdate": "",
            # Spelt as Rocket.Chat does, and as everyone else does.
            "preffered_username": user.get("username"),
            "preferred_username": user.get("username"),
            "updated_at": user.get("_updatedAt"),
            "picture": avatar_url(at, user.get("username")),
        }
    )
