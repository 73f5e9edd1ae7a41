"""Entries of a directory, and who they say someone is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FIELD = re.compile(r"#\{(.+?)\}")
UNDEFINED, OFF = "0", "true"
LOCKED_AD = 0x2
"""Active Directory's bit of an account that is disabled."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`values` are by the attribute's name in lower case."""

    dn: str
    values: Mapping[str, tuple[bytes, ...]]

    @classmethod
    def of(cls, dn: str, raw: Mapping[str, Iterable[bytes]]) -> Entry:
        return cls(dn, {name.lower(): tuple(found) for name, found in raw.items()})

    def texts(self, name: str) -> list[str]:
        """Values that are text, none of them empty."""
        found = (_decoded(value) for value in self.values.get(name.strip().lower(), ()))
        return [value for value in found if value]

    def first(self, name: str) -> str:
        return next(iter(self.texts(name)), "")

    def dynamic(self, wanted: str) -> str:
        """By a template (`#{givenName} #{sn}`), else by the first of several attributes it has."""
        if "#{" in wanted:
            return FIELD.sub(lambda field: self.first(field[1]), wanted).strip()
        return next((value for value in map(self.first, wanted.split(",")) if value), "")

    def identity(self, fields: Iterable[str]) -> tuple[str, str] | None:
        """The first of the attributes that it has, and its value in hexadecimal."""
        for name in fields:
            raw = self.values.get(name.lower(), ())
            if raw and raw[0]:
                return name, raw[0].hex()
        return None

    @property
    def disabled(self) -> bool:
        """Whether the directory has locked the account, by what various servers keep of that."""
        control = self.first("userAccountControl")
        if control.isdecimal() and int(control) & LOCKED_AD:
            return True
        locked = self.first("pwdAccountLockedTime")
        flags = (self.first(name).lower() for name in ("nsAccountLock", "loginDisabled"))
        return (bool(locked) and locked != UNDEFINED) or OFF in flags


def _decoded(value: bytes) -> str:
    """Empty for what is no text that a database can hold."""
    try:
        found = value.decode()
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in found else found.strip()
