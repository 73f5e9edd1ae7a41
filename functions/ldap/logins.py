"""Logging in with a directory's password: for the account service, which asks before its own."""

from __future__ import annotations

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.logs import note, warn
from functions.ldap import people, pictures
from functions.ldap.configuration import configuration, enabled
from functions.ldap.directory import Directory, DirectoryError, opened, proves
from functions.ldap.entries import Entry
from functions.ldap.filters import of_user
from functions.ldap.following import Following
from functions.ldap.groups import accepted
from functions.ldap.profiles import Mapping, NoIdentityError

LONGEST = 320


class Login(Input):
    """As typed."""

    username: str = Field(max_length=LONGEST)
    password: str = Field(max_length=4096, repr=False)


def log_in(caller: Caller, given: Login, at: Instance) -> str | None:
    """The id of the user whom the directory vouches for; None where it does not.

    Raises `LDAP-login-error` where it does, and the account is someone else's.
    """
    if not enabled(at):
        return None
    known = configuration(at)
    try:
        with opened(known) as directory:
            entry = _vouched_for(directory, given, at)
            return None if entry is None else _signed_in(directory, entry, caller, at)
    except DirectoryError as error:
        warn("directory failed", host=known.host, port=known.port, error=str(error))
        return None


def find(directory: Directory, username: str) -> Entry | None:
    """The one entry that bears the name: None for none, and for several."""
    found = directory.find(of_user(directory.configuration, username))
    return found[0] if len(found) == 1 else None


def _vouched_for(directory: Directory, given: Login, at: Instance) -> Entry | None:
    if not given.username.strip() or not given.password:
        return None
    entry = find(directory, given.username)
    if entry is None or not proves(directory.configuration, entry.dn, given.password):
        return None
    if not accepted(at, directory, given.username, entry.dn):
        note("directory user outside the group filter")
        return None
    return entry


def _signed_in(directory: Directory, entry: Entry, caller: Caller, at: Instance) -> str:
    mapping = Mapping.of(at, directory.configuration)
    try:
        profile = mapping.profile(entry)
    except NoIdentityError:
        reason = "The directory gives no username that is valid here"
        raise ChatError(people.REFUSED, reason) from None
    user, new = people.sign_in(at, caller, mapping, profile)
    pictures.follow(at, caller, entry, user)
    following = Following.at_login(at, new=new)
    try:
        following.follow(at, caller, directory, [(profile, user)])
    except DirectoryError as error:
        warn("groups kept", uid=user["_id"], error=str(error))
    return str(user["_id"])
