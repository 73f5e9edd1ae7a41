"""The users that a request about a room names."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from functions.rooms.kinds import Place

FIELDS = {"username": 1, "name": 1, "roles": 1, "settings.preferences": 1}


class PlaceAndUser(Place):
    """One user by id, by username, or by `user`, which is a username too."""

    userId: str = ""
    username: str = ""
    user: str = ""


class PlaceAndUsers(PlaceAndUser):
    userIds: list[str] = []
    usernames: list[str] = []


def find(at: Instance, given: PlaceAndUser) -> Document:
    """Raises `error-user-param-not-provided` and `error-invalid-user`."""
    name = given.username.strip() or given.user.strip()
    if not given.userId.strip() and not name:
        reason = 'The required "userId" or "username" param was not provided'
        raise ChatError("error-user-param-not-provided", reason)
    by_id = given.userId.strip()
    user = at.store.users.by_id(by_id, FIELDS) if by_id else named(at, name)
    if user is None:
        reason = 'The required "userId" or "username" param provided does not match any users'
        raise ChatError("error-invalid-user", reason)
    return user


def named(at: Instance, username: str) -> Document | None:
    return at.store.users.by_username(username, FIELDS)


def find_all(at: Instance, given: PlaceAndUsers) -> list[Document]:
    """Those of the users that exist. Raises `error-users-params-not-provided` for none named."""
    sole = given.userId or given.username or given.user
    listed = list(dict.fromkeys(one for one in (*(given.userIds or given.usernames), sole) if one))
    if not listed:
        reason = 'Please provide "userId" or "username" or "userIds" or "usernames" as param'
        raise ChatError("error-users-params-not-provided", reason)
    if given.userIds or given.userId:
        return at.store.users.by_ids(listed, FIELDS)
    return at.store.users.by_names(listed, FIELDS)
