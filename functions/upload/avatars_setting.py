"""Setting and resetting avatars: one's own, and with the permission others'."""

from __future__ import annotations

import base64
import binascii
import re

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from contrail.domain.instance import Instance
from contrail.ports.web import Bounds, Request, WebError
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, Multipart
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from contrail.shapes.wirejson import encode
from functions.upload import avatars_keeping
from functions.upload.keeping import refuse_large
from functions.upload.multipart import read

EDIT_OTHERS = "edit-other-user-avatar"
MODERATE = "manage-moderation-actions"
NAMED = {"username": 1, "name": 1}
DATA_URI = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*;base64,")
BOUNDS = Bounds(seconds=8, size=4 * 1024 * 1024, redirects=3)
LONGEST = 6_000_000
"""Characters of a picture as a data URI."""


class SomeUser(Input):
    userId: str | None = None
    username: str | None = None
    user: str | None = None


class NewAvatar(Multipart):
    """A form with the picture as `image`, or JSON with an `avatarUrl`."""

    userId: SkipJsonSchema[str | None] = None
    username: SkipJsonSchema[str | None] = None
    avatarUrl: SkipJsonSchema[str | None] = None


class FromService(Input):
    """DDP's: `dataURI` is the picture or, for the service `url`, where it is."""

    dataURI: str = Field(max_length=LONGEST)
    contentType: str | None = None
    service: str | None = None
    userId: str | None = None


class Whose(Input):
    userId: str | None = None


def get(caller: Caller, which: SomeUser, at: Instance) -> Reply:
    """Where the avatar is."""
    user = find(at, which)
    where = f"{at.environment.root_url}/avatar/{user.get('username')}"
    headers = {"Location": where, "Content-Type": "application/json"}
    return Reply(encode(where).decode(), 307, headers)


def set_avatar(caller: Caller, given: NewAvatar, at: Instance) -> None:
    others = at.allows(caller, EDIT_OTHERS)
    if not others and not _open(at):
        reason = "Change avatar is not allowed"
        raise ChatError("error-not-allowed", reason, {"method": "users.setAvatar"})
    if given.avatarUrl:
        which = SomeUser(userId=given.userId, username=given.username)
        set_from_url(at, caller, _meant(at, caller, which, Forbidden()), given.avatarUrl)
        return
    form = read(given, wanted="image")
    refuse_large(at, form.body)
    which = SomeUser(userId=form.fields.get("userId"), username=form.fields.get("username"))
    refuse = ChatError("error-not-allowed", "Not allowed")
    user = _meant(at, caller, which, refuse)
    avatars_keeping.set_of_user(at, caller, user, form.body, "rest")


def reset(caller: Caller, which: SomeUser, at: Instance) -> None:
    user = find(at, which)
    own = user["_id"] == caller.uid and at.setting("Accounts_AllowUserAvatarChange") is True
    if not own and not any(at.allows(caller, one) for one in (EDIT_OTHERS, MODERATE)):
        reason = "Reset avatar is not allowed"
        raise ChatError("error-not-allowed", reason, {"method": "users.resetAvatar"})
    avatars_keeping.reset_of_user(at, caller, user)


def reset_method(caller: Caller, whose: Whose, at: Instance) -> None:
    method = "resetAvatar"
    if not _open(at) and not at.allows(caller, EDIT_OTHERS):
        raise ChatError("error-not-allowed", "Not allowed", {"method": method})
    avatars_keeping.reset_of_user(at, caller, _access(at, caller, whose.userId, method))


def set_from_service(caller: Caller, given: FromService, at: Instance) -> None:
    method = "setAvatarFromService"
    if not given.dataURI:
        raise ChatError("error-invalid-data", "Invalid dataURI", {"method": method})
    if not _open(at):
        raise ChatError("error-not-allowed", "Not allowed", {"method": method})
    user = _access(at, caller, given.userId, method)
    if given.service == "initials":
        avatars_keeping.reset_of_user(at, caller, user, "initials")
    elif given.service == "url":
        set_from_url(at, caller, user, given.dataURI)
    else:
        body = decoded(given.dataURI)
        avatars_keeping.set_of_user(at, caller, user, body, given.service or "upload")


def set_from_url(at: Instance, caller: Caller, user: Document, address: str) -> None:
    """Raises `error-avatar-invalid-url`, and `error-avatar-url-handling` for an odd answer."""
    details: Document = {"function": "setUserAvatar", "url": address}
    invalid = ChatError("error-avatar-invalid-url", f"Invalid avatar URL: {address}", details)
    try:
        answer = at.web.request(Request(address, bounds=BOUNDS))
    except WebError:
        raise invalid from None
    if answer.status not in (200, 404):
        username = user.get("username")
        reason = f"Error while handling avatar setting from a URL ({address}) for {username}"
        details = {**details, "function": "RocketChat.setUserAvatar", "username": username}
        raise ChatError("error-avatar-url-handling", reason, details)
    if answer.status == 404 or not answer.headers.get("content-type", "").startswith("image/"):
        raise invalid
    avatars_keeping.set_of_user(at, caller, user, answer.body, "url")


def find(at: Instance, which: SomeUser) -> Document:
    """Raises `error-user-param-not-provided` and `error-invalid-user`."""
    name = which.username or which.user
    if not which.userId and not name:
        reason = 'The required "userId" or "username" param was not provided'
        raise ChatError("error-user-param-not-provided", reason)
    by_id = at.store.users.by_id(which.userId, NAMED) if which.userId else None
    user = by_id if which.userId else at.store.users.by_username(name or "", NAMED)
    if user is None:
        reason = 'The required "userId" or "username" param provided does not match any users'
        raise ChatError("error-invalid-user", reason)
    return user


def decoded(uri: str) -> bytes:
    """The bytes of a data URI. Raises `error-invalid-image`."""
    head = DATA_URI.match(uri[:256])
    try:
        if head:
            return base64.b64decode(uri[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        pass
    raise ChatError("error-invalid-image", "The image is not valid")


def _meant(at: Instance, caller: Caller, which: SomeUser, refuse: ChatError) -> Document:
    """The user that a request names, or the caller. Raises `refuse` for others' without leave."""
    if not which.userId and not which.username:
        which = SomeUser(userId=caller.uid)
    own = caller.uid if which.userId else caller.username
    if (which.userId or which.username) != own and not at.allows(caller, EDIT_OTHERS):
        raise refuse
    return find(at, which)


def _open(at: Instance) -> bool:
    return at.setting("Accounts_AllowUserAvatarChange") is True


def _access(at: Instance, caller: Caller, uid: str | None, method: str) -> Document:
    """The caller, or with the permission someone else."""
    if uid and uid != caller.uid and not at.allows(caller, EDIT_OTHERS):
        raise ChatError("error-unauthorized", "Unauthorized", {"method": method})
    user = at.store.users.by_id(uid or caller.uid, NAMED)
    if user is None:
        reason = "Invalid desired user"
        raise ChatError("error-invalid-desired-user", reason, {"method": method})
    return user
