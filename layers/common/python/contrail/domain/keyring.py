"""Secrets that can be replaced while the old one still holds.

A secret's text is one or more words. The first is the one to use, the others are accepted besides:
to replace one, put the new one before it, and take the old one away when nobody shows it any more.
What is shown and not known may have been made since the secret was read: it is read once more then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from contrail.ports.secrets import Secrets

Found = TypeVar("Found")


def current(secrets: Secrets, name: str) -> str:
    """The one to use."""
    return words(secrets.get(name))[0]


def words(text: str) -> list[str]:
    """Raises `KeyError` for a secret without any."""
    found = text.split()
    if not found:
        raise KeyError("an empty secret")
    return found


def first(secrets: Secrets, name: str, judge: Callable[[str], Found | None]) -> Found | None:
    """What `judge` makes of the first word that it knows; None where it knows none of them."""
    known = words(secrets.get(name))
    for word in known:
        if (found := judge(word)) is not None:
            return found
    for word in words(secrets.renewed(name)):
        if word not in known and (found := judge(word)) is not None:
            return found
    return None
