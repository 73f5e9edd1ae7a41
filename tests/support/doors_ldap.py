"""Examples for the LDAP service: see `doors.py`."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.support.directory import beside
from tests.support.example import OK, Example, admin
from tests.support.scene import Scene
from tests.support.slapd import person


def _directory(scene: Scene) -> AbstractContextManager[object]:
    return beside(scene.workspace, person("ann"))


REST: dict[str, Example] = {
    "POST v1/ldap.testConnection": Example(
        {"message": "Connection_success", **OK}, sender=admin, around=_directory
    ),
    "POST v1/ldap.testSearch": Example(
        {"message": "LDAP_User_Found", **OK},
        lambda scene: {"username": "ann"},
        admin,
        around=_directory,
    ),
    "POST v1/ldap.syncNow": Example(
        {"message": "Sync_in_progress", **OK}, sender=admin, around=_directory
    ),
}

METHODS: dict[str, Example] = {}
