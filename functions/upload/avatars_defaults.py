"""The pictures that people have at the service they came through, as their first avatars."""

from __future__ import annotations

from datetime import timedelta

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import note, unexpected
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload import avatars_keeping
from functions.upload.avatars_suggesting import look, places

BATCH = 100
ENOUGH = timedelta(seconds=15)
"""How long pictures are looked for in one run."""


def work(caller: Caller, _: NoInput, at: Instance) -> None:
    """One try each: who has no picture then has the letters of their name."""
    began = at.now()
    for user in at.store.external.unpictured(BATCH):
        if at.now() - began > ENOUGH:
            return
        if at.store.external.take_portrait(user["_id"]):
            try:
                _picture(at, caller, user)
            except ChatError as error:
                note("picture of a login service refused", uid=user["_id"], error=str(error.code))
            except Exception:  # noqa: BLE001 - logged; the others have their turn
                unexpected("picture of a login service not set", uid=user["_id"])


def _picture(at: Instance, caller: Caller, user: Document) -> None:
    """Nothing for who has chosen an avatar meanwhile."""
    service = user[OWN]["portrait"]
    url = dict(places(at, user)).get(service)
    answer = look(at, url) if url and "avatarOrigin" not in user else None
    if answer is not None:
        avatars_keeping.set_of_user(at, caller, user, answer.body, service)
