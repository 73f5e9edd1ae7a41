"""Search filters. What people typed, and what a directory says of them, is escaped in every one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ldap3.utils.conv import escape_filter_chars

from functions.ldap.configuration import Configuration

NOTHING = "\0"
"""What no attribute is."""
VARIABLE = re.compile(r"#\{(\w+)\}", re.ASCII)


def of_user(configuration: Configuration, username: str) -> str:
    """The filter that finds who logs in by this name."""
    return _with_fields(configuration, escape_filter_chars(username))


def of_users(configuration: Configuration) -> str:
    """The filter that finds everyone."""
    return _with_fields(configuration, "*")


def filled(template: str, values: Mapping[str, str]) -> str:
    """A filter with its `#{name}` replaced; a variable without a value matches nothing."""
    found = VARIABLE.sub(lambda one: escape_filter_chars(values.get(one[1]) or NOTHING), template)
    return found if found.startswith("(") else f"({found})"


def _with_fields(configuration: Configuration, value: str) -> str:
    given = configuration.user_filter
    own = given if not given or given.startswith("(") else f"({given})"
    fields = "".join(f"({name}={value})" for name in configuration.search_fields)
    return f"(&{own}(|{fields}))"
