"""Asking the LDAP service about a login. It alone talks to the directory."""

from __future__ import annotations

from contrail.api.calls import ask
from contrail.ddp import ejson
from contrail.domain.instance import Instance
from contrail.domain.passwords import BCRYPT
from contrail.domain.users import hash_password, password_matches
from contrail.shapes.caller import Caller
from contrail.shapes.errors import LoginRefused
from contrail.shapes.logs import unexpected, warn
from contrail.shapes.rows import Document

SERVICE, METHOD = "ldap", "ldap:login"
PATIENCE = 18_000
"""Milliseconds that it may take: what is left is for the login itself."""
FALLBACK = "LDAP_Login_Fallback"
LONGEST_NAME, LONGEST_PASSWORD = 320, 4096
BROKEN = 500
"""The code of an answer that nobody foresaw."""


def enabled(at: Instance) -> bool:
    return at.setting("LDAP_Enable") is True


def vouched_for(at: Instance, caller: Caller, name: str, password: str) -> str | None:
    """The id of the user whom the directory knows by this name and password.

    None for nobody, and where it cannot be asked: the log says so, and who has a password here
    logs in as always. Raises `LoginRefused` for an account that is another person's.
    """
    if len(name) > LONGEST_NAME or not 0 < len(password) <= LONGEST_PASSWORD:
        return None
    nobody = caller.model_copy(update={"uid": "", "token_hash": ""})
    try:
        outcome = ask(at, nobody, SERVICE, METHOD, name, password, patience=PATIENCE)
    except Exception:  # noqa: BLE001 - logged; a directory that is away keeps nobody out
        unexpected("the LDAP service did not answer")
        return None
    error = outcome.get("error")
    if error and error["error"] == BROKEN:
        warn("the LDAP service failed")
        return None
    if error:
        raise LoginRefused(error["error"], error.get("reason", ""))
    return str(ejson.loads(outcome["result"])) if "result" in outcome else None


def refuse_local(at: Instance, user: Document) -> None:
    """Raises for one of the directory's people who comes with a password of this workspace's."""
    linked = bool(user.get("services", {}).get("ldap", {}).get("id"))
    if linked and enabled(at) and at.setting(FALLBACK) is not True:
        raise LoginRefused(403, "Login forbidden")


def kept_password(at: Instance, user: Document, hexdigest: str) -> Document:
    """The fields by which a password works without the directory too, where that is wanted."""
    if at.setting(FALLBACK) is not True or password_matches(user, hexdigest):
        return {}
    return {BCRYPT: hash_password(hexdigest)}
