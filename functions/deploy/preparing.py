"""Bringing a workspace's data up to what this release needs, at each deployment."""

from __future__ import annotations

from typing import Any

from contrail.domain import workspace
from contrail.domain.environment import Environment
from contrail.domain.instance import Instance
from contrail.domain.keyring import current
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import warn


def prepare(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """The data's `version`, what was `migrated`, whether it is `ahead` of this release.

    Raises `ValueError` in words for people, as `workspace.prepare` does.
    """
    done = workspace.prepare(at.store.database, _with_password(at), at.clock)
    if done.ahead:
        warn("the data is ahead of this release", version=done.version)
    return {"version": done.version, "migrated": ", ".join(done.migrated), "ahead": done.ahead}


def _with_password(at: Instance) -> Environment:
    """The first admin's may be a secret. On the internet whoever registers first must not be it."""
    known = at.environment
    if known.admin_pass or not known.admin_pass_secret:
        return known
    password = current(at.secrets, known.admin_pass_secret)
    return known.model_copy(update={"admin_pass": password})
