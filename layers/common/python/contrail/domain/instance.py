"""A function instance: everything a use case reaches besides its caller and its input."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contrail.domain.caches import Caches
from contrail.domain.environment import Environment
from contrail.ports.blobs import Blobs
from contrail.ports.bus import Bus
from contrail.ports.clock import Clock
from contrail.ports.connections import Connections
from contrail.ports.limits import Limits
from contrail.ports.mail import Mail
from contrail.ports.rpc import Rpc
from contrail.ports.secrets import Secrets
from contrail.ports.sockets import Sockets
from contrail.ports.web import Web
from contrail.shapes.caller import Caller
from contrail.shapes.fact import Fact
from contrail.shapes.registry import Registry
from contrail.store.database import Store
from contrail.store.versions import GUARDED

LEASE = 2.0
"""Seconds for which it holds that nobody was without the right to see their public rooms."""


@dataclass(frozen=True)
class Instance:
    """Immutable but for its caches; shared by every invocation that runs in it at once.

    `methods` is the registry of all DDP methods; `mail` is the cloud's own mail service.
    """

    store: Store
    environment: Environment
    clock: Clock
    secrets: Secrets
    bus: Bus
    connections: Connections
    sockets: Sockets
    rpc: Rpc
    limits: Limits
    web: Web
    blobs: Blobs
    methods: Registry = field(default_factory=dict)
    mail: Mail | None = None
    caches: Caches = field(init=False)

    def __post_init__(self) -> None:
        enterprise = self.environment.edition == "enterprise"
        object.__setattr__(self, "caches", Caches(self.store.versions, enterprise=enterprise))

    def now(self) -> datetime:
        return self.clock.now()

    def setting(self, name: str) -> Any:
        """A setting's value; None when the workspace does not know it."""
        return self.caches.snapshot.settings.get(name)

    def number(self, name: str, otherwise: int) -> int:
        value = self.setting(name)
        return int(value) if isinstance(value, int | float) and value == value else otherwise

    def fraction(self, name: str, otherwise: float) -> float:
        """Like `number`, for what may be less than one: half a minute, say."""
        value = self.setting(name)
        known = isinstance(value, int | float) and math.isfinite(value)
        return float(value) if known else otherwise

    def allows(self, caller: Caller, permission: str, room_roles: Iterable[str] = ()) -> bool:
        """Whether one of the caller's roles, workspace-wide or in the room, has the permission."""
        mine = caller.roles if caller.logged_in else ("anonymous",)
        granted = self.caches.snapshot.permissions.get(permission, frozenset())
        return not granted.isdisjoint(mine) or not granted.isdisjoint(room_roles)

    @property
    def guarded(self) -> bool:
        """Whether anybody is, or was, without a right to see the public rooms that they are in.

        As long as nobody is, delivery does not ask.
        """
        return not self.caches.cold and GUARDED in self.caches.snapshot.versions

    def publish(self, *facts: Fact) -> None:
        """A request that took long looks once more whether there is a guard by now."""
        if not self.guarded and self.caches.age > LEASE and any(map(_of_public_room, facts)):
            self.caches.refresh()
        guarded = {"guarded": True} if self.guarded else {}
        self.bus.publish(*(one.model_copy(update=guarded) if guarded else one for one in facts))


def _of_public_room(fact: Fact) -> bool:
    room = getattr(fact, "room", None)
    return isinstance(room, dict) and room.get("t") == "c"
