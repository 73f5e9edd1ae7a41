"""Ending logins: tokens stop working, and connections that use them hear nothing more.

All of it holds before these return, so that nothing published afterwards reaches who was sent
away.
"""

from __future__ import annotations

from collections.abc import Collection

from contrail.domain.instance import Instance
from contrail.domain.listening import FRAMES
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection
from contrail.shapes.ids import random_id

SENT_AWAY = "SENT_AWAY"
"""The item of the queue of frames by which a connection is told `force_logout` and closed."""


def end(at: Instance, caller: Caller, uid: str, token_hash: str, *, told: bool = False) -> bool:
    """End one login; False when there was none. The caller's own connection stays, anonymous.

    `told`: the device did not ask for it, and gets the event `force_logout`.
    """
    found = at.store.tokens.remove(uid, token_hash)
    _forget(at, caller, uid, {token_hash}, told=told)
    return found


def end_others(at: Instance, caller: Caller, uid: str, token_hash: str) -> None:
    """End all logins but the one of this token. Personal access tokens stay."""
    gone = set(at.store.tokens.remove_others(uid, token_hash))
    _forget(at, caller, uid, gone, told=True)


def end_all(at: Instance, caller: Caller, uid: str) -> bool:
    """End every login and personal access token; False when there is no such user."""
    gone = at.store.tokens.remove_all(uid)
    if gone is None:
        return False
    _forget(at, caller, uid, set(gone), told=True)
    return True


def forget(at: Instance, caller: Caller, uid: str, *token_hashes: str) -> None:
    """What follows when tokens were taken away: their sessions are over, their connections go."""
    _forget(at, caller, uid, set(token_hashes), told=True)


def _forget(at: Instance, caller: Caller, uid: str, hashes: Collection[str], *, told: bool) -> None:
    if not hashes:
        return
    audience = f"user:{uid}"
    for shard in at.connections.occupied(audience):
        for listener in at.connections.listeners(audience, shard):
            connection = at.connections.get(listener.connection_id)
            if connection is None or connection.token_hash not in hashes:
                continue
            if connection.id != caller.connection_id:
                _send_away(at, caller, connection, told=told)
    at.store.sessions.closed(uid, hashes, caller.uid, at.now())


def _send_away(at: Instance, caller: Caller, connection: Connection, *, told: bool) -> None:
    at.connections.close(connection.id)
    wanted = f"stream-notify-user/{connection.uid}/force_logout"
    if not told or all(sub.key != wanted for sub in connection.subs.values()):
        at.sockets.close(connection.id)
        return
    at.bus.enqueue(
        FRAMES,
        connection.uid,
        group=connection.id,
        dedup=random_id(),
        attributes={"event": SENT_AWAY, "correlation_id": caller.correlation_id},
    )
