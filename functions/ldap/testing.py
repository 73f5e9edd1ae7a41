"""Whether a directory can be reached and searched, for who sets it up."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.logs import warn
from contrail.shapes.rows import Document
from functions.ldap.configuration import configuration, enabled
from functions.ldap.directory import DirectoryError, opened
from functions.ldap.logins import find

PERMISSION = "test-admin-options"
NOT_AUTHORIZED = ChatError(None, "error-not-authorized")
DISABLED = ChatError(None, "LDAP_disabled")
FAILED = ChatError(None, "Connection_failed")


class WhichUser(Input):
    documented = {"username": (None, "Match error: Missing key 'username'")}
    username: str


def check_connection(caller: Caller, _: NoInput, at: Instance) -> Document:
    """Connect, and bind as who searches. Raises `Connection_failed`; the log has the reason."""
    _refuse(caller, at)
    known = configuration(at)
    try:
        with opened(known):
            return {"message": "Connection_success"}
    except DirectoryError as error:
        warn("directory failed", host=known.host, port=known.port, error=str(error))
        raise FAILED from None


def check_search(caller: Caller, which: WhichUser, at: Instance) -> Document:
    """Look for one user. Raises `User not found`, also where several have the name."""
    _refuse(caller, at)
    known = configuration(at)
    try:
        with opened(known) as directory:
            if find(directory, which.username) is None:
                raise ChatError(None, "User not found")
    except DirectoryError as error:
        warn("directory failed", host=known.host, port=known.port, error=str(error))
        raise FAILED from None
    return {"message": "LDAP_User_Found"}


def _refuse(caller: Caller, at: Instance) -> None:
    if not at.allows(caller, PERMISSION):
        raise NOT_AUTHORIZED
    if not enabled(at):
        raise DISABLED
