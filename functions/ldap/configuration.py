"""What the settings `LDAP_*` say of a workspace's directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contrail.domain.instance import Instance

LOGIN_PATIENCE, SYNC_PATIENCE = 6, 60
"""Seconds that one answer of the directory may take, whatever the settings say: a person waits for
a login, nobody for a synchronization."""
CONNECT_PATIENCE = 5.0
MOST = 5_000
"""Entries of a page, whatever the settings say."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """`connect_timeout` and `timeout` are in seconds; `page_size` 0 asks for no pages.

    Without `authority` (PEM) the system's certificates count. `bind_dn` is empty where searches
    are anonymous.
    """

    host: str
    port: int
    encryption: str
    authority: str
    verify: bool
    connect_timeout: float
    timeout: int
    base: str
    user_filter: str
    scope: str
    search_fields: tuple[str, ...]
    id_fields: tuple[str, ...]
    page_size: int
    size_limit: int
    attributes: tuple[str, ...]
    bind_dn: str = field(default="", repr=False)
    bind_password: str = field(default="", repr=False)


def enabled(at: Instance) -> bool:
    return at.setting("LDAP_Enable") is True


def conditional(at: Instance, name: str) -> str:
    """A setting that Active Directory has a value of its own for: `User_Search_Field`."""
    kind = "AD_" if at.setting("LDAP_Server_Type") == "ad" else ""
    return text(at, f"{kind}{name}")


def text(at: Instance, name: str) -> str:
    value: Any = at.setting(f"LDAP_{name}")
    return value.strip() if isinstance(value, str) else ""


def listed(value: str) -> tuple[str, ...]:
    """Names that a setting separates by commas."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


def configuration(at: Instance, patience: int = LOGIN_PATIENCE) -> Configuration:
    """`patience` in seconds bounds what the settings say of waiting."""
    binds = at.setting("LDAP_Authentication") is True
    password = at.setting("LDAP_Authentication_Password")
    seconds = at.number("LDAP_Timeout", 60_000) // 1000
    search_fields = listed(conditional(at, "User_Search_Field"))
    return Configuration(
        host=text(at, "Host"),
        port=min(max(at.number("LDAP_Port", 389), 1), 65_535),
        encryption=text(at, "Encryption"),
        authority=text(at, "CA_Cert"),
        verify=at.setting("LDAP_Reject_Unauthorized") is not False,
        connect_timeout=min(
            max(at.number("LDAP_Connect_Timeout", 1000), 100) / 1000, CONNECT_PATIENCE
        ),
        timeout=min(max(seconds, 1), patience),
        base=text(at, "BaseDN"),
        user_filter=text(at, "User_Search_Filter"),
        scope=text(at, "User_Search_Scope"),
        search_fields=search_fields,
        id_fields=(*listed(text(at, "Unique_Identifier_Field")), *search_fields),
        page_size=min(max(at.number("LDAP_Search_Page_Size", 250), 0), MOST),
        size_limit=max(at.number("LDAP_Search_Size_Limit", 1000), 0),
        attributes=listed(text(at, "User_Search_AttributesToQuery")) or ("*", "+"),
        bind_dn=text(at, "Authentication_UserDN") if binds else "",
        bind_password=password if binds and isinstance(password, str) else "",
    )
