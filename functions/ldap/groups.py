"""Which of a directory's groups someone is in: the filter at the door, and what groups mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contrail.domain.instance import Instance
from functions.ldap.configuration import listed, text
from functions.ldap.directory import Directory
from functions.ldap.entries import Entry
from functions.ldap.filters import filled
from functions.ldap.profiles import Profile, json_object

ROLES, CHANNELS = "Sync_User_Data_Roles", "Sync_User_Data_Channels"
TEAMS = "Enable_LDAP_Groups_To_RC_Teams"
NO_ATTRIBUTES = ("1.1",)
NAMES = ("cn", "ou")


@dataclass(frozen=True, slots=True)
class Rule:
    """Groups that mean something here: `meaning` is group -> names of roles, channels or teams.

    `once` asks for all groups of a person at a time, by `names`, instead of for each in turn.
    """

    base: str
    search: str
    once: bool
    names: tuple[str, ...]
    meaning: Mapping[str, tuple[str, ...]]

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self.meaning.values() for name in names))

    def wanted(self, directory: Directory, profile: Profile) -> set[str]:
        """What this person's groups mean. Raises `DirectoryError`."""
        held = self._all_held(directory, profile) if self.once else self._held(directory, profile)
        return {name for group in held for name in self.meaning.get(group, ())}

    def _held(self, directory: Directory, profile: Profile) -> list[str]:
        return [
            group
            for group in self.meaning
            if directory.find(
                _for(self.search, profile, group), base=self.base, attributes=NO_ATTRIBUTES
            )
        ]

    def _all_held(self, directory: Directory, profile: Profile) -> list[str]:
        search = _for(self.search, profile, "")
        found = directory.find(search, base=self.base, attributes=self.names)
        return [name for entry in found for name in _names(entry, self.names)]


def filters(at: Instance) -> bool:
    return at.setting("LDAP_Group_Filter_Enable") is True


def accepted(at: Instance, directory: Directory, username: str, dn: str) -> bool:
    """Whether the group filter lets this person in; everyone where there is none."""
    if not filters(at):
        return True
    group = {
        key: text(at, f"Group_Filter_{key}")
        for key in ("ObjectClass", "Group_Member_Attribute", "Group_Member_Format")
    }
    name = text(at, "Group_Filter_Group_Name")
    parts = [
        ("objectclass", group["ObjectClass"]),
        (group["Group_Member_Attribute"], group["Group_Member_Format"]),
        (text(at, "Group_Filter_Group_Id_Attribute"), name),
    ]
    search = "".join(f"({attribute}={value})" for attribute, value in parts if attribute)
    values = {"username": username, "userdn": dn}
    return bool(directory.find(filled(f"(&{search})", values), attributes=NO_ATTRIBUTES))


def rule_of_roles(at: Instance) -> Rule | None:
    return _rule(at, ROLES, "RolesMap")


def rule_of_channels(at: Instance) -> Rule | None:
    return _rule(at, CHANNELS, "ChannelsMap")


def rule_of_teams(at: Instance) -> Rule | None:
    if at.setting(f"LDAP_{TEAMS}") is not True:
        return None
    return Rule(
        base=text(at, "Teams_BaseDN"),
        search=text(at, "Query_To_Get_User_Teams"),
        once=True,
        names=listed(text(at, "Teams_Name_Field")) or NAMES,
        meaning=_meaning(json_object(at, "LDAP_Groups_To_Rocket_Chat_Teams")),
    )


def _rule(at: Instance, name: str, meaning: str) -> Rule | None:
    """None where the workspace has it off, as without the edition that it needs."""
    if at.setting(f"LDAP_{name}") is not True:
        return None
    strategy = text(at, f"{name}_GroupMembershipValidationStrategy")
    return Rule(
        base=text(at, f"{name}_BaseDN"),
        search=text(at, f"{name}_Filter"),
        once=strategy == "once",
        names=NAMES,
        meaning=_meaning(json_object(at, f"LDAP_Sync_User_Data_{meaning}")),
    )


def _meaning(found: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Values are a name each, or lists of names; anything else means nothing."""
    meaning = {}
    for group, value in found.items():
        names = value if isinstance(value, list) else [value]
        meaning[group] = tuple(name for name in names if isinstance(name, str) and name)
    return meaning


def _for(search: str, profile: Profile, group: str) -> str:
    values = {"username": profile.username, "userdn": profile.dn, "groupName": group}
    return filled(search, values)


def _names(entry: Entry, attributes: Iterable[str]) -> list[str]:
    return [name for attribute in attributes for name in entry.texts(attribute)]
