"""Workspaces without TEST_MODE, where second factors are asked for, and a clock that tests move."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyotp

from contrail.ports.clock import SystemClock
from tests.support.workspace import Json, Person, Workspace

UNLIMITED = {
    "API_Enable_Rate_Limiter": "false",
    "DDP_Rate_Limit_IP_Enabled": "false",
    "DDP_Rate_Limit_User_Enabled": "false",
    "DDP_Rate_Limit_Connection_Enabled": "false",
    "DDP_Rate_Limit_User_By_Method_Enabled": "false",
    "DDP_Rate_Limit_Connection_By_Method_Enabled": "false",
}
BOSS: Json = {"admin_username": "boss", "admin_pass": "secret", "admin_email": "boss@example.com"}


class Moving:
    """The time, and what was put on top of it."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._real.now() + self._ahead

    def forward(self, **span: float) -> None:
        self._ahead += timedelta(**span)


class Strict(Workspace):
    """`overwrites` gives settings their values; rate limits are off."""

    def __init__(self, uri: str, *, overwrites: Json | None = None, **more: Any) -> None:
        self.moving = Moving()
        super().__init__(
            uri,
            test_mode=False,
            clock=self.moving,
            overwrites={**UNLIMITED, **(overwrites or {})},
            **BOSS,
            **more,
        )
        self._boss: Person | None = None

    @property
    def admin(self) -> Person:
        if self._boss is None:
            self._boss = self.login("boss", "secret")
        return self._boss

    def settled_person(self) -> Person:
        """Someone who registered so long ago that it exempts them from nothing."""
        person, long_ago = self.person(), self.moving.now() - timedelta(days=30)
        users = self.database["users"]
        users.update_one({"_id": person.id}, {"$set": {"createdAt": long_ago}})
        return person

    def protect(self, person: Person, *, backup: tuple[str, ...] = ()) -> str:
        """Give the person a second factor as an import brings it along; its secret."""
        secret = pyotp.random_base32()
        factor = {"enabled": True, "secret": secret, "hashedBackup": list(backup)}
        users = self.database["users"]
        users.update_one({"_id": person.id}, {"$set": {"services.totp": factor}})
        return secret

    def code(self, secret: str, steps: int = 0) -> str:
        """What an app shows now, or so many half minutes from now."""
        return pyotp.TOTP(secret).at(self.moving.now(), counter_offset=steps)


def wrong(code: str) -> str:
    """Another code of as many digits."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
