"""The user that a request names."""

from __future__ import annotations

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, NotLoggedIn
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document


class SomeUser(Input):
    """By id, by username, or by `user`, which is a username too."""

    userId: str | None = None
    username: str | None = None
    user: str | None = None

    @property
    def named(self) -> bool:
        return bool(self.userId or self.username or self.user)


class Uid(Input):
    userId: str = Field(min_length=1)


def find(at: Instance, which: SomeUser) -> Document:
    """Raises `error-user-param-not-provided` and `error-invalid-user`."""
    if not which.named:
        reason = 'The required "userId" or "username" param was not provided'
        raise ChatError("error-user-param-not-provided", reason)
    name = which.username or which.user or ""
    by_id = at.store.users.by_id(which.userId) if which.userId else None
    user = by_id if which.userId else at.store.users.by_username(name)
    if user is None:
        reason = 'The required "userId" or "username" param provided does not match any users'
        raise ChatError("error-invalid-user", reason)
    return user


def is_self(caller: Caller, which: SomeUser) -> bool:
    """Whether the request names the caller, or nobody."""
    if which.userId:
        return which.userId == caller.uid
    return (which.username or which.user or caller.username) == caller.username


def myself(at: Instance, caller: Caller) -> Document:
    user = at.store.users.by_id(caller.uid)
    if user is None:
        raise NotLoggedIn
    return user
