"""What a new workspace starts with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest

from contrail.domain import seeds
from contrail.domain.environment import Environment

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = Environment()


def test_permissions_keep_the_order_that_clients_index_into() -> None:
    names = [row["_id"] for row in seeds.permissions(PLAIN, NOW)]
    assert (names[28], names[140]) == ("edit-message", "post-readonly")
    assert len(names) == len(set(names))
    assert sorted(names, key=seeds.permission_order().__getitem__) == names


@pytest.mark.parametrize(
    ("edition", "monitor", "auditor"), [("community", True, False), ("enterprise", True, True)]
)
def test_the_edition_decides_on_paid_roles_and_permissions(
    edition: Literal["community", "enterprise"], monitor: bool, auditor: bool
) -> None:
    environment = Environment(edition=edition)
    roles = {row["_id"] for row in seeds.roles(environment)}
    assert ("livechat-monitor" in roles) is monitor
    assert ("auditor" in roles) is auditor
    granted = {row["_id"] for row in seeds.permissions(environment, NOW)}
    assert ("can-audit" in granted) is auditor


def test_every_role_that_a_permission_names_is_seeded() -> None:
    roles = {row["_id"] for row in seeds.roles(PLAIN)}
    named = {role for row in seeds.permissions(PLAIN, NOW) for role in row["roles"]}
    assert named <= roles


def test_computed_settings_follow_the_environment() -> None:
    environment = Environment(root_url="https://chat.example.com:8443")
    values = {row["_id"]: row["value"] for row in seeds.settings(environment, NOW)}
    assert values["Site_Url"] == "https://chat.example.com:8443"
    assert values["Federation_Matrix_homeserver_domain"] == "chat.example.com"
    assert len(values["uniqueID"]) == 17
    again = {row["_id"]: row["value"] for row in seeds.settings(environment, NOW)}
    assert again["uniqueID"] != values["uniqueID"]


def test_overwritten_settings_take_their_settings_type() -> None:
    known = seeds.settings(PLAIN, NOW)
    given = {"Accounts_AllowAnonymousRead": "true", "Message_MaxAllowedSize": "10", "nope": "x"}
    found = seeds.overwritten(Environment(overwrites=given), known)
    assert found == {"Accounts_AllowAnonymousRead": True, "Message_MaxAllowedSize": 10}
    for name, text in (("Accounts_AllowAnonymousRead", "yes"), ("Message_MaxAllowedSize", "--5")):
        with pytest.raises(ValueError, match=name):
            seeds.overwritten(Environment(overwrites={name: text}), known)


def test_the_environment_is_read_by_rocket_chats_names() -> None:
    environment = Environment.read(
        {
            "ROOT_URL": "http://x/",
            "TEST_MODE": "true",
            "ADMIN_USERNAME": "boss",
            "OVERWRITE_SETTING_Site_Name": "Here",
            "PATH": "/bin",
        }
    )
    assert environment.root_url == "http://x"
    assert environment.test_mode
    assert environment.admin_username == "boss"
    assert environment.overwrites == {"Site_Name": "Here"}
    assert Environment.read({"TEST_MODE": "1"}).test_mode is False
