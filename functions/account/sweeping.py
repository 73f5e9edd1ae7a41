"""What a dying process left half done."""

from __future__ import annotations

from contrail.domain import identity
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput


def finish_renamings(caller: Caller, _: NoInput, at: Instance) -> None:
    """Bring the copies of names along whose user was renamed a while ago."""
    identity.finish_all(at, caller)
