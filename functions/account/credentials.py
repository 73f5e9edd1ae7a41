"""The shapes in which clients log in with a password or a token."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from contrail.domain.users import digest
from contrail.shapes.errors import LoginRefused
from contrail.shapes.inputs import Input

UNRECOGNIZED = "Unrecognized options for login request"


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class UserRef(_Given):
    username: str | None = None
    email: str | None = None
    id: str | None = None


class Digest(_Given):
    """Clients may leave out `algorithm`; there is one."""

    digest: str
    algorithm: str = "sha-256"


class Credential(_Given):
    """What the page at the end of a login at a provider handed out."""

    credentialToken: str
    credentialSecret: str


class Plain(Input):
    """Every shape in which clients log in with a password or a token."""

    user: str | UserRef | None = None
    username: str | None = None
    email: str | None = None
    password: str | Digest | None = None
    resume: str | None = None
    ldap: bool | None = None
    ldapPass: str | Digest | None = None
    ldapOptions: dict[str, Any] | None = None
    oauth: Credential | None = None
    serviceName: str | None = None
    accessToken: str | None = None
    idToken: str | None = None
    identityToken: str | None = None

    @property
    def for_directory(self) -> bool:
        """Whether the client says itself that a directory is to be asked."""
        return self.ldap is True and self.ldapOptions is not None

    @property
    def secret(self) -> str | Digest | None:
        """The password, in whichever field it came."""
        return self.ldapPass if self.for_directory else self.password


class Totp(_Given):
    """DDP's way to add a code to a login that was refused for want of it."""

    code: str
    login: Plain


class Credentials(Plain):
    """`code` is REST's way, `totp` DDP's."""

    code: str | None = None
    totp: Totp | None = None


def named_by(given: Plain) -> tuple[str, str]:
    """The field that a login names its user by, and the value. Raises `LoginRefused`."""
    username, email, uid = given.username, given.email, None
    if given.for_directory and username and "@" in username:
        username, email = None, username
    if isinstance(given.user, str):
        username, email = (None, given.user) if "@" in given.user else (given.user, None)
    elif given.user is not None:
        username, email, uid = given.user.username, given.user.email, given.user.id
    named = (("username", username), ("emails.address", email), ("_id", uid))
    for field, value in named:
        if value:
            return field, value
    raise LoginRefused(400, UNRECOGNIZED)


def hexdigest_of(password: str | Digest) -> str:
    if isinstance(password, str):
        return digest(password)
    if password.algorithm != "sha-256":
        raise LoginRefused(400, UNRECOGNIZED)
    return password.digest
