"""Subscriptions: `sub` and `unsub`."""

from __future__ import annotations

from typing import Any

from contrail.ddp import frames
from contrail.ddp.errors import unknown_publication
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate_session
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection, Sub
from contrail.shapes.errors import ChatError, NotLoggedIn
from functions.streamer.streams import MEMBER_EVENTS, SESSION, STREAMS

PUBLICATIONS = frozenset(
    """meteor.loginServiceConfiguration meteor_autoupdate_clientVersions userData activeUsers
    fullUserData room roles""".split()
)
"""Answered with `ready`: some have no documents, the rest are gone but still asked for."""


def subscribe(caller: Caller, connection: Connection, frame: dict[str, Any], at: Instance) -> None:
    sub_id, name, params = frame.get("id"), frame.get("name"), frame.get("params", [])
    if not isinstance(sub_id, str) or not isinstance(name, str) or not isinstance(params, list):
        at.sockets.post(connection.id, frames.bad_frame("Malformed subscription", frame))
        return
    try:
        sub = _open(caller, name, params, at)
    except ChatError as error:
        at.sockets.post(connection.id, frames.nosub(sub_id, error))
        return
    changed = connection.model_copy(update={"subs": {**connection.subs, sub_id: sub}})
    if not at.connections.save(changed):
        return
    _listen(changed, [sub], at)
    answer = [frames.ready(sub_id)]
    if _wants_collection(params):
        answer.insert(0, frames.added(sub.stream, "id", {"eventName": sub.event}))
    at.sockets.post(connection.id, *answer)


def unsubscribe(
    caller: Caller,
    connection: Connection,
    frame: dict[str, Any],
    at: Instance,
) -> None:
    """Answered with `nosub` for unknown ids too: clients wait for it."""
    sub_id = frame.get("id")
    if not isinstance(sub_id, str):
        at.sockets.post(connection.id, frames.bad_frame("Malformed subscription", frame))
        return
    sub = connection.subs.get(sub_id)
    if sub is not None:
        rest = {key: value for key, value in connection.subs.items() if key != sub_id}
        at.connections.save(connection.model_copy(update={"subs": rest}))
        if not any(other.key == sub.key for other in rest.values()):
            at.connections.unlisten(connection.id, _keys(connection, sub, at))
    at.sockets.post(connection.id, frames.nosub(sub_id))


def judge_again(caller: Caller, before: Connection, now: Connection, at: Instance) -> list[str]:
    """Move a connection to another user; `nosub` frames for the subs that user may not have."""
    gone = [key for sub in before.subs.values() for key in _keys(before, sub, at)]
    if before.uid:
        gone.append((f"user:{before.uid}", SESSION))
    at.connections.unlisten(before.id, gone)
    kept: dict[str, Sub] = {}
    refused: list[str] = []
    for sub_id, sub in before.subs.items():
        params: list[Any] = [sub.event, {"args": list(sub.extra)}]
        try:
            kept[sub_id] = _open(caller, sub.stream, params, at)
        except ChatError as error:
            refused.append(frames.nosub(sub_id, error))
    now = now.model_copy(update={"subs": kept})
    if at.connections.save(now):
        if now.uid:
            at.connections.listen(now.id, now.uid, [(f"user:{now.uid}", SESSION)])
        _listen(now, list(kept.values()), at)
    return refused


def _open(caller: Caller, name: str, params: list[Any], at: Instance) -> Sub:
    if name in PUBLICATIONS:
        return Sub(stream=name)
    stream = STREAMS.get(name)
    if stream is None:
        raise unknown_publication(name)
    event = params[0] if params else None
    if not isinstance(event, str) or not event:
        raise ChatError("invalid-event-name")
    extra = _extra(params)
    try:
        audience = stream.read(at, _whole(caller, stream.asks, at), event, extra)
    except NotLoggedIn:
        raise ChatError("not-allowed") from None
    return Sub(stream=name, event=event, audience=audience, extra=extra)


def _whole(caller: Caller, asks: bool, at: Instance) -> Caller:
    """Roles are read only where a rule asks for them."""
    if not asks:
        return caller
    if not caller.logged_in:
        at.caches.refresh()
        return caller
    return authenticate_session(at, caller)


def _extra(params: list[Any]) -> list[Any]:
    options = params[1] if len(params) > 1 else None
    args = options.get("args") if isinstance(options, dict) else None
    return args if isinstance(args, list) else []


def _wants_collection(params: list[Any]) -> bool:
    options = params[1] if len(params) > 1 else None
    if isinstance(options, dict):
        return options.get("useCollection") is True
    return options is True


def _listen(connection: Connection, subs: list[Sub], at: Instance) -> None:
    keys = [key for sub in subs for key in _keys(connection, sub, at)]
    if keys:
        at.connections.listen(connection.id, connection.uid, keys)


def _keys(connection: Connection, sub: Sub, at: Instance) -> list[tuple[str, str]]:
    """Where a sub listens. What concerns all of one's rooms listens in each of them.

    Who comes into a room later is added to its audience by the fact of their joining, which is
    ordered with that room's messages.
    """
    if not sub.audience:
        return []
    keys = [(sub.audience, sub.key)]
    if sub.stream == "stream-notify-user" and sub.event.split("/")[-1] in MEMBER_EVENTS:
        rows = at.store.subscriptions.of_user(connection.uid)
        keys += [(f"room:{row['rid']}", sub.key) for row in rows]
    return keys
