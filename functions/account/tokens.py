"""Personal access tokens: they don't expire, and are shown once."""

from __future__ import annotations

from contrail.domain import logouts
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token, sign_token
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.rows import Document
from contrail.store.tokens import PERSONAL

PERMISSION = "create-personal-access-tokens"
PREFIX = "personalAccessTokens:"
LONGEST = 256
"""Characters of a token's name."""
SHOWN = 6
"""Characters of a token's end by which people tell theirs apart."""


class Named(Input):
    documented = {"tokenName": (None, "The 'tokenName' param is required")}
    tokenName: str


class NewToken(Named):
    bypassTwoFactor: bool = False


class GivenNew(Input):
    """DDP: all in one argument."""

    token: NewToken


class GivenName(Input):
    token: Named


def listed(caller: Caller, _: NoInput, at: Instance) -> list[Document]:
    """`{name, createdAt, lastTokenPart, bypassTwoFactor}` each: nothing that opens anything."""
    if not at.allows(caller, PERMISSION):
        raise ChatError("not-authorized", "Not Authorized")
    return [
        {
            "name": entry.get("name"),
            "createdAt": entry.get("createdAt"),
            "lastTokenPart": entry.get("lastTokenPart"),
            "bypassTwoFactor": bool(entry.get("bypassTwoFactor")),
        }
        for entry in at.store.tokens.of(caller.uid)
        if entry.get("type") == PERSONAL
    ]


def generate(caller: Caller, new: NewToken, at: Instance) -> str:
    """The token. Raises `not-authorized`, `error-token-already-exists`."""
    _allow(caller, "generateToken", at)
    _need_name(new)
    token, entry = _made(caller, at)
    entry |= {"type": PERSONAL, "name": new.tokenName, "bypassTwoFactor": new.bypassTwoFactor}
    if not at.store.tokens.add_personal(caller.uid, entry):
        reason = "A token with this name already exists"
        details = {"method": f"{PREFIX}generateToken"}
        raise ChatError("error-token-already-exists", reason, details)
    return token


def regenerate(caller: Caller, which: Named, at: Instance) -> str:
    """A new token under the old one's name, which stops working. Raises `not-authorized`,
    `error-token-does-not-exists`.
    """
    _allow(caller, "regenerateToken", at)
    _need_name(which)
    token, entry = _made(caller, at)
    before = at.store.tokens.renew_personal(caller.uid, which.tokenName, entry)
    if before is None:
        raise _missing("regenerateToken")
    logouts.forget(at, caller, caller.uid, before["hashedToken"])
    return token


def remove(caller: Caller, which: Named, at: Instance) -> None:
    """Raises `not-authorized`, `error-token-does-not-exists`."""
    _allow(caller, "removeToken", at)
    _need_name(which)
    before = at.store.tokens.remove_personal(caller.uid, which.tokenName)
    if before is None:
        raise _missing("removeToken")
    logouts.forget(at, caller, caller.uid, before["hashedToken"])


def generate_given(caller: Caller, given: GivenNew, at: Instance) -> str:
    return generate(caller, given.token, at)


def regenerate_given(caller: Caller, given: GivenName, at: Instance) -> str:
    return regenerate(caller, given.token, at)


def remove_given(caller: Caller, given: GivenName, at: Instance) -> None:
    remove(caller, given.token, at)


def _allow(caller: Caller, method: str, at: Instance) -> None:
    if not at.allows(caller, PERMISSION):
        raise ChatError("not-authorized", "Not Authorized", {"method": f"{PREFIX}{method}"})


def _need_name(which: Named) -> None:
    if not which.tokenName:
        raise ChatError(*Named.documented["tokenName"])
    if len(which.tokenName) > LONGEST:
        # They are kept in the user's document, which has an end.
        reason = f"must NOT have more than {LONGEST} characters"
        raise InvalidInput("invalid-params", reason)


def _made(caller: Caller, at: Instance) -> tuple[str, Document]:
    token = sign_token(at.secrets, caller.uid, at.now())
    part = {"createdAt": at.now(), "lastTokenPart": token[-SHOWN:]}
    return token, {"hashedToken": hash_token(token), **part}


def _missing(method: str) -> ChatError:
    details = {"method": f"{PREFIX}{method}"}
    return ChatError("error-token-does-not-exists", "Token does not exist", details)
