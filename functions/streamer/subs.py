"""Subscriptions: `sub` and `unsub`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contrail.ddp import frames
from contrail.ddp.errors import INTERNAL, unknown_publication
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate_session
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection, Frame, Sub
from contrail.shapes.errors import ChatError, NotLoggedIn
from contrail.shapes.logs import unexpected
from functions.streamer import watching
from functions.streamer.emission import MEMBER_EVENTS, NOTIFY_USER, PRESENCE, SESSION
from functions.streamer.link import Link, TooEarly
from functions.streamer.streams import STREAMS

PUBLICATIONS = frozenset(
    """meteor.loginServiceConfiguration meteor_autoupdate_clientVersions userData activeUsers
    fullUserData room roles""".split()
)
"""Answered with `ready`: some have no documents, the rest are gone but still asked for."""
Key = tuple[str, str]
Message = dict[str, Any]


class Reader:
    """Judges what a caller may listen to. Their roles are read once, where a rule asks for them."""

    def __init__(self, caller: Caller, at: Instance) -> None:
        self._caller = caller
        self._at = at
        self._whole: Caller | None = None

    def open(self, name: str, params: list[Any]) -> Sub:
        """Raises `not-allowed`, `invalid-event-name`, or 404 for an unknown name."""
        if name in PUBLICATIONS:
            return Sub(stream=name)
        stream = STREAMS.get(name)
        if stream is None:
            raise unknown_publication(name)
        event = params[0] if params else None
        # Presence has one nameless event: whom it concerns is in the other arguments.
        if not isinstance(event, str) or not (event or name == PRESENCE):
            raise ChatError("invalid-event-name")
        extra = watching.asked(params) if name == PRESENCE else _extra(params)
        try:
            asks = stream.asks or event in stream.asking
            caller = self._looked_up() if asks else self._caller
            audience = stream.read(self._at, caller, event, extra)
        except NotLoggedIn:
            raise ChatError("not-allowed") from None
        return Sub(stream=name, event=event, audience=audience, extra=extra)

    def _looked_up(self) -> Caller:
        if self._whole is None:
            if self._caller.logged_in:
                self._whole = authenticate_session(self._at, self._caller)
            else:
                self._at.caches.refresh()
                self._whole = self._caller
        return self._whole


def subscribe(link: Link, message: Message) -> None:
    """Every well-formed one ends in `ready` or `nosub`: clients wait for either.

    Raises `TooEarly` where only someone logged in may subscribe.
    """
    sub_id, name, params = message.get("id"), message.get("name"), message.get("params", [])
    if not isinstance(sub_id, str) or not isinstance(name, str) or not isinstance(params, list):
        link.post(frames.bad_frame("Malformed subscription", message))
        return
    if sub_id in link.record.subs:
        link.post(frames.ready(sub_id))
        return
    try:
        sub = Reader(link.caller, link.at).open(name, params)
        if name == PRESENCE and watching.change(link, sub_id, sub):
            return
        _begin(link, sub_id, sub, params)
    except ChatError as error:
        if error.code == "not-allowed" and not link.record.uid:
            raise TooEarly(frames.nosub(sub_id, error)) from None
        link.post(frames.nosub(sub_id, error))
    except Exception:  # noqa: BLE001 - logged; a frame never takes the ones behind it down
        unexpected("subscription failed", name=name)
        link.post(frames.nosub(sub_id, INTERNAL))


def _begin(link: Link, sub_id: str, sub: Sub, params: list[Any]) -> None:
    record, connections = link.record, link.at.connections
    if sub.stream in STREAMS and _wants_collection(params):
        link.post(frames.added(sub.stream, "id", {"eventName": sub.event}))
    own = _own_keys(sub)
    if own:
        connections.listen(record.id, record.uid, own)
    try:
        # Only now: who joins a room from here on is found listening, and added to its audience.
        rooms = _room_keys(record.uid, [sub], link.at)
    except Exception:
        if not _shared(record, sub_id, sub):
            connections.unlisten(record.id, own)
        raise
    if rooms:
        connections.listen(record.id, record.uid, rooms)
    link.save(subs={**record.subs, sub_id: sub})
    link.post(frames.ready(sub_id))


def unsubscribe(link: Link, frame: Frame, message: Message) -> None:
    """Answered with `nosub` for unknown ids too: clients wait for it.

    Raises `TooEarly` while what it ends may be parked.
    """
    sub_id = message.get("id")
    if not isinstance(sub_id, str):
        link.post(frames.bad_frame("Malformed subscription", message))
        return
    if any(one.id != frame.id and one.time <= frame.time for one in link.record.parked):
        raise TooEarly(frames.nosub(sub_id))
    sub = link.record.subs.get(sub_id)
    try:
        if sub is not None:
            _finish(link, sub_id, sub)
    except Exception:  # noqa: BLE001 - logged; the sub goes on, and the client is told
        unexpected("unsubscription failed", name=sub.stream if sub else "")
        link.post(frames.nosub(sub_id, INTERNAL))
        return
    link.post(frames.nosub(sub_id))


def _finish(link: Link, sub_id: str, sub: Sub) -> None:
    record = link.record
    if not _shared(record, sub_id, sub):
        link.at.connections.unlisten(record.id, _keys(record.uid, [sub], link.at))
    link.save(subs={key: other for key, other in record.subs.items() if key != sub_id})


def _shared(connection: Connection, sub_id: str, sub: Sub) -> bool:
    """Whether another sub of the connection is to the same event."""
    return any(
        other.key == sub.key for other_id, other in connection.subs.items() if other_id != sub_id
    )


def judge_again(link: Link, uid: str, hashed: str) -> list[str]:
    """Move a connection to another user; `nosub` frames for the subs that user may not have.

    All is read before anything is written: when reading fails, nothing has changed.
    """
    before, at = link.record, link.at
    gone = set(_keys(before.uid, before.subs.values(), at))
    if before.uid:
        gone.add((f"user:{before.uid}", SESSION))
    reader = Reader(link.caller.model_copy(update={"uid": uid, "token_hash": hashed}), at)
    kept: dict[str, Sub] = {}
    refused: list[str] = []
    for sub_id, sub in before.subs.items():
        try:
            kept[sub_id] = reader.open(sub.stream, [sub.event, {"args": list(sub.extra)}])
        except ChatError as error:
            refused.append(frames.nosub(sub_id, error))
    keys = [key for sub in kept.values() for key in _own_keys(sub)]
    if uid:
        keys.append((f"user:{uid}", SESSION))
    if link.save(uid=uid, token_hash=hashed, subs=kept):
        # Listening under the new user comes first, so that what both may hear has no gap.
        at.connections.listen(before.id, uid, keys)
        at.connections.unlisten(before.id, gone - set(keys))
    return refused


def announce(link: Link, uid: str, hashed: str) -> None:
    """Have the connection found by a user who is about to log in on it."""
    if link.save(uid=uid, token_hash=hashed):
        link.at.connections.listen(link.id, uid, [(f"user:{uid}", SESSION)])


def withdraw(link: Link, uid: str, before: Connection) -> None:
    """The login came to nothing: the connection is whose it was `before`."""
    link.save(uid=before.uid, token_hash=before.token_hash)
    if uid != before.uid:
        link.at.connections.unlisten(link.id, [(f"user:{uid}", SESSION)])


def judge_roles(link: Link) -> None:
    """End the subs that the connection's user may not have any more, with `nosub` for each."""
    record = link.record
    reader = Reader(link.caller, link.at)
    ended: dict[str, ChatError] = {}
    for sub_id, sub in record.subs.items():
        try:
            reader.open(sub.stream, [sub.event, {"args": list(sub.extra)}])
        except ChatError as error:
            ended[sub_id] = error
    if not ended:
        return
    gone = [record.subs[sub_id] for sub_id in ended]
    link.at.connections.unlisten(record.id, _keys(record.uid, gone, link.at))
    link.save(subs={key: sub for key, sub in record.subs.items() if key not in ended})
    link.post(*(frames.nosub(sub_id, error) for sub_id, error in ended.items()))


def _extra(params: list[Any]) -> list[Any]:
    options = params[1] if len(params) > 1 else None
    args = options.get("args") if isinstance(options, dict) else None
    return args if isinstance(args, list) else []


def _wants_collection(params: list[Any]) -> bool:
    options = params[1] if len(params) > 1 else None
    if isinstance(options, dict):
        return options.get("useCollection") is True
    return options is True


def _keys(uid: str, subs: Iterable[Sub], at: Instance) -> list[Key]:
    """Everywhere these subs listen."""
    listening = list(subs)
    own = [key for sub in listening for key in _own_keys(sub)]
    return [*own, *_room_keys(uid, listening, at)]


def _own_keys(sub: Sub) -> list[Key]:
    """Where a sub listens, but for the rooms that its user is in."""
    return [(sub.audience, sub.key)] if sub.audience else watching.keys(sub)


def _room_keys(uid: str, subs: Iterable[Sub], at: Instance) -> list[Key]:
    """What concerns all of one's rooms listens in each of them.

    Who comes into a room later is added to its audience by the fact of their joining, which is
    ordered with that room's messages.
    """
    wanted = [
        sub.key
        for sub in subs
        if sub.stream == NOTIFY_USER and sub.event.split("/")[-1] in MEMBER_EVENTS
    ]
    rows = at.store.subscriptions.of_user(uid) if wanted else []
    return [(f"room:{row['rid']}", key) for row in rows for key in wanted]
