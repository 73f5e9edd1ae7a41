"""Which addresses a workspace takes."""

from __future__ import annotations

import re

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError

LONGEST = 254
EMAIL = re.compile(r"[^@\s\0-\x1f\x7f<>\"]{1,64}@[\w-]+(?:\.[\w-]+)*\.[\w-]{2,}")


def check(at: Instance, address: str) -> str:
    """The address as it is stored. Raises for one that is none, or whose domain is not allowed."""
    address = address.strip().lower()
    if len(address) > LONGEST or not EMAIL.fullmatch(address):
        raise ChatError("error-invalid-email", f"Invalid email {address}", {"email": address})
    domain, details = address.rpartition("@")[2], {"function": "RocketChat.validateEmailDomain"}
    allowed = _domains(at, "Accounts_AllowedDomainsList")
    if allowed and domain not in allowed:
        raise ChatError("error-invalid-domain", "The email domain is not in whitelist", details)
    if domain in _domains(at, "Accounts_BlockedDomainsList"):
        reason = "The email domain is blacklisted"
        raise ChatError("error-email-domain-blacklisted", reason, details)
    return address


def _domains(at: Instance, setting: str) -> set[str]:
    names = str(at.setting(setting) or "").split(",")
    return {name.strip().lower() for name in names if name.strip()}
