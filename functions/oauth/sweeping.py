"""Forgetting what has ended."""

from __future__ import annotations

from contrail.domain import external_credentials
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput


def forget_expired(caller: Caller, _: NoInput, at: Instance) -> None:
    at.store.oauth_grants.forget_expired(at.now())
    external_credentials.forget_expired(at)
