"""Following connections: what each is, how its person is connected, what everyone sees."""

from __future__ import annotations

import orjson

from contrail.domain import presence
from contrail.domain.instance import Instance
from contrail.domain.presence import State
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input, NoInput


class Item(Input):
    """`body` is `{uid, connection_id, state}`."""

    body: str


def online(caller: Caller, _: NoInput, at: Instance) -> None:
    _note(caller, "online", at)


def away(caller: Caller, _: NoInput, at: Instance) -> None:
    _note(caller, "away", at)


def _note(caller: Caller, state: State, at: Instance) -> None:
    """Nothing for who is anonymous, or asks over REST: neither has a connection to be seen by."""
    if caller.uid and caller.connection_id:
        presence.note(at, caller, caller.uid, caller.connection_id, state)


def follow(caller: Caller, item: Item, at: Instance) -> None:
    """One connection's news. Two commands, one more where nobody knew whose it was, and two where
    the status changes: delivered again, an item still publishes what it could not.
    """
    news = orjson.loads(item.body)
    connection_id, state, store = news["connection_id"], news["state"], at.store.presence
    uid = news["uid"] or store.owner(connection_id)
    if not uid:
        return
    now = at.now()
    if state == "gone":
        sessions = store.forget(uid, connection_id)
    else:
        sessions = store.note(uid, connection_id, state, now, now + presence.QUIET)
    if sessions is None:
        return
    connection = presence.merged(sessions["connections"])
    revision = sessions["_contrail"]["rev"]
    before = store.settle(uid, connection, revision, now)
    if before is None:
        return
    status = presence.shown(connection, before.get("statusDefault"))
    if status != before.get("status") or before.get("_contrail", {}).get("untold"):
        at.caches.refresh()
        presence.tell(at, caller, {**before, "status": status})
        store.told(uid, revision)
