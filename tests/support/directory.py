"""A workspace whose people are in a directory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.slapd import PASSWORD, READER, READERS_PASSWORD, SUFFIX, Slapd, Values, person
from tests.support.workspace import Json, Person, Workspace


def settings_for(slapd: Slapd) -> Json:
    """What a workspace is told of the directory: search and bind without TLS, by `uid`."""
    return {
        "LDAP_Enable": True,
        "LDAP_Server_Type": "",
        "LDAP_Host": "127.0.0.1",
        "LDAP_Port": slapd.port,
        "LDAP_Timeout": 5000,
        "LDAP_Authentication": True,
        "LDAP_Authentication_UserDN": READER,
        "LDAP_Authentication_Password": READERS_PASSWORD,
        "LDAP_BaseDN": SUFFIX,
        "LDAP_User_Search_Filter": "(objectclass=inetOrgPerson)",
        "LDAP_Unique_Identifier_Field": "entryUUID",
    }


class Directed(Workspace):
    """Uses `slapd`, whose people are new to it: see `person_there`."""

    def __init__(
        self, uri: str, slapd: Slapd, *, settings: Json | None = None, **more: Any
    ) -> None:
        self.slapd = slapd
        wanted = {**settings_for(slapd), **(settings or {})}
        super().__init__(
            uri, overwrites={name: _text(value) for name, value in wanted.items()}, **more
        )

    def entry(self, name: str = "", **more: str | list[str]) -> str:
        """The uid of someone new in the directory; the password is `PASSWORD`."""
        uid = fresh("d")
        self.slapd.add(person(uid, name or uid.title(), **more))
        return uid

    def tries(self, name: str, password: str = PASSWORD) -> requests.Response:
        return self.http("POST", "v1/login", json={"user": name, "password": password})

    def refuses(self, name: str, password: str = PASSWORD) -> bool:
        answer = self.tries(name, password)
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 401

    def signs_in(self, name: str, password: str = PASSWORD) -> Person:
        return self.login(name, password)

    def stored(self, username: str) -> Json | None:
        found: Json | None = self.database["users"].find_one({"username": username})
        return found

    def known(self, username: str) -> Json:
        """The user as stored, who has to be there."""
        found = self.stored(username)
        assert found is not None, f"there is no user {username}"
        return found

    def synchronize(self) -> None:
        """As an admin has it done; it is over when this returns. Of the enterprise edition."""
        began = self.runtime.clock.now()
        self.admin.ok("POST", "v1/ldap.syncNow")
        self.runtime.rpc.handlers["ldap"]({"schedule": "synchronize"})
        runs = self.database["contrail_runs"]
        # The workspace's own clock may have been quicker.
        self.wait_for(lambda: _is_done(runs.find_one({"_id": "ldap-sync"}), began))

    @contextmanager
    def given(self, **values: Any) -> Iterator[None]:
        """While it lasts these settings have these values, named without `LDAP_`."""
        with ExitStack() as stack:
            for name, value in values.items():
                full = name if name.startswith(("Accounts_", "UTF8_")) else f"LDAP_{name}"
                stack.enter_context(setting(self, full, value))
            yield


@contextmanager
def beside(workspace: Workspace, *entries: tuple[str, Values]) -> Iterator[Slapd]:
    """While it lasts the workspace uses a directory of its own with these entries."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        slapd = Slapd(Path(folder), entries).start()
        stack.callback(slapd.stop)
        for name, value in settings_for(slapd).items():
            stack.enter_context(setting(workspace, name, value))
        yield slapd


def as_json(value: object) -> str:
    """A setting that holds JSON."""
    return json.dumps(value)


def _is_done(run: Json | None, began: datetime) -> bool:
    return run is not None and run["last"].replace(tzinfo=UTC) >= began - timedelta(seconds=1)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
