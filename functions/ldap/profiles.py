"""A directory's entry -> the fields of a user that follow it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from contrail.domain import customfields, emails
from contrail.domain.instance import Instance
from contrail.domain.usernames import LONGEST
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from functions.ldap.configuration import Configuration, conditional, text
from functions.ldap.entries import Entry

LONGEST_NAME = 256
ENABLES, DISABLES = ("enable", "both"), ("disable", "both")


class NoIdentityError(Exception):
    """The entry has nothing to be known again by, or nothing that can be a username here."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`id` is hexadecimal. `active` is None where the directory has no say in it.

    `addresses` are None where the entry has none.
    """

    dn: str
    id: str
    attribute: str
    username: str
    name: str
    addresses: tuple[str, ...]
    custom: Document
    active: bool | None


@dataclass(frozen=True)
class Mapping:
    """How the workspace maps entries, read once for many."""

    configuration: Configuration
    username: str
    name: str
    email: str
    domain: str
    slugs: bool
    verified: bool
    follows: str
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, at: Instance, configuration: Configuration) -> Mapping:
        return cls(
            configuration,
            username=conditional(at, "Username_Field"),
            name=conditional(at, "Name_Field"),
            email=conditional(at, "Email_Field"),
            domain=text(at, "Default_Domain"),
            slugs=at.setting("UTF8_Names_Slugify") is True,
            verified=bool(at.setting("Accounts_Verify_Email_For_External_Accounts")),
            follows=text(at, "Sync_User_Active_State"),
            fields=_custom_fields(at),
        )

    def profile(self, entry: Entry) -> Profile:
        """Raises `NoIdentityError`."""
        known = entry.identity(self.configuration.id_fields)
        if known is None:
            raise NoIdentityError
        wanted = entry.dynamic(self.username) or next(
            (v for v in map(entry.first, self.configuration.search_fields) if v), known[1]
        )
        username = slug(wanted) if self.slugs else wanted
        if not username or len(username) > LONGEST:
            raise NoIdentityError
        return Profile(
            dn=entry.dn,
            id=known[1],
            attribute=known[0],
            username=username,
            name=entry.dynamic(self.name)[:LONGEST_NAME],
            addresses=self._addresses(entry, username),
            custom={name: entry.dynamic(source) for name, source in self.fields.items()},
            active=self._active(entry),
        )

    def _addresses(self, entry: Entry, username: str) -> tuple[str, ...]:
        sources = (entry.texts(name) for name in self.email.split(","))
        found = next((values for values in sources if values), [])
        if not any("@" in one for one in found) and self.domain:
            found = [f"{username}@{self.domain}"]
        elif not found:
            found = entry.texts("mail")[:1]
        lower = (one.lower() for one in found)
        return tuple(dict.fromkeys(one for one in lower if emails.EMAIL.fullmatch(one)))

    def _active(self, entry: Entry) -> bool | None:
        if entry.disabled:
            return False if self.follows in DISABLES else None
        return True if self.follows in ENABLES else None

    def fields_of(self, profile: Profile) -> Document:
        """What a user has of the directory but for names: it is set where it differs."""
        fields: Document = {
            "ldap": True,
            "services.ldap": {"id": profile.id, "idAttribute": profile.attribute},
            "importIds": [profile.dn],
        }
        for name, value in profile.custom.items():
            if value:
                fields[f"customFields.{name}"] = value
        return fields

    def emails_of(self, profile: Profile, user: Document) -> list[Document]:
        """The directory's addresses; what was verified here stays so."""
        proven = {one["address"].lower() for one in user.get("emails") or () if one.get("verified")}
        return [
            {"address": one, "verified": self.verified or one in proven}
            for one in profile.addresses
        ]

    def changes(self, profile: Profile, user: Document) -> Document:
        """The fields of the user that differ from the directory's, names apart."""
        wanted = self.fields_of(profile)
        if profile.addresses:
            wanted["emails"] = self.emails_of(profile, user)
        return {key: value for key, value in wanted.items() if _at(user, key) != value}

    def renaming(self, profile: Profile, user: Document) -> Document:
        """`username` and `name` where they differ."""
        wanted = {"username": profile.username, "name": profile.name}
        return {key: value for key, value in wanted.items() if value and user.get(key) != value}


def stamped(fields: Document, now: datetime) -> Document:
    return {**fields, "_updatedAt": now} if fields else {}


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^0-9a-z-_.]+", ".", plain.replace("'", "")).strip(".")


def _custom_fields(at: Instance) -> dict[str, str]:
    """Custom field -> where it comes from; only fields that the workspace declares."""
    if at.setting("LDAP_Sync_Custom_Fields") is not True:
        return {}
    try:
        known = customfields.declared(at)
    except ChatError:
        return {}
    found = json_object(at, "LDAP_CustomFieldMap").items()
    named = ((str(target).removeprefix("customFields."), source) for source, target in found)
    return {target: source for target, source in named if target in known and "." not in target}


def json_object(at: Instance, name: str) -> dict[str, Any]:
    """A setting that holds a JSON object; empty where it holds none."""
    try:
        found = orjson.loads(str(at.setting(name) or "{}"))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _at(document: Document, path: str) -> Any:
    value: Any = document
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
