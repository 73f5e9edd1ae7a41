"""Subs judged again: when a connection's user changes, or what that user may do."""

from __future__ import annotations

from contrail.ddp import frames
from contrail.domain.presence import NOBODYS
from contrail.shapes.connections import Connection, Sub
from contrail.shapes.errors import ChatError
from functions.streamer import places
from functions.streamer.emission import SESSION
from functions.streamer.link import Link
from functions.streamer.opening import Reader


def judge_again(link: Link, uid: str, hashed: str) -> list[str]:
    """Move a connection to another user; `nosub` frames for the subs that user may not have.

    All is read before anything is written: when reading fails, nothing has changed.
    """
    before, at = link.record, link.at
    gone = set(places.everywhere(before.uid, before.subs.values(), at))
    gone.add((f"user:{before.uid}", SESSION) if before.uid else NOBODYS)
    reader = Reader(link.caller.model_copy(update={"uid": uid, "token_hash": hashed}), at)
    reader.foresee((sub.stream, sub.event) for sub in before.subs.values())
    kept: dict[str, Sub] = {}
    refused: list[str] = []
    for sub_id, sub in before.subs.items():
        try:
            kept[sub_id] = reader.open(sub.stream, [sub.event, {"args": list(sub.extra)}])
        except ChatError as error:
            refused.append(frames.nosub(sub_id, error))
    keys = [key for sub in kept.values() for key in places.own(sub)]
    keys.append((f"user:{uid}", SESSION) if uid else NOBODYS)
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
    reader.foresee((sub.stream, sub.event) for sub in record.subs.values())
    ended: dict[str, ChatError] = {}
    for sub_id, sub in record.subs.items():
        try:
            reader.open(sub.stream, [sub.event, {"args": list(sub.extra)}])
        except ChatError as error:
            ended[sub_id] = error
    if not ended:
        return
    gone = [record.subs[sub_id] for sub_id in ended]
    link.at.connections.unlisten(record.id, places.everywhere(record.uid, gone, link.at))
    link.save(subs={key: sub for key, sub in record.subs.items() if key not in ended})
    link.post(*(frames.nosub(sub_id, error) for sub_id, error in ended.items()))
