"""What work items carry: emissions within the bounds of a queue and of a connection.

Nothing that no connection could be sent gets into an item, and none grows beyond what the queue
takes, whatever clients put into messages: what is behind such a message in its room goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from contrail.ddp import ejson, frames
from contrail.ports.bounds import escaped
from contrail.shapes.inputs import Input
from contrail.shapes.logs import warn
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.streamer.emission import Emission

ASKED = ("_id", "t", "teamId", "prid", "name", "usersCount", "lm", "_updatedAt")
OTHERS = tuple(field.name for field in fields(Emission) if field.name != "args")
PART = 200 * 1024
"""Bytes of emissions in one item. What else is in it stays far below the rest of 256 KB."""


class Item(Input):
    body: str
    attributes: dict[str, str] = {}


class Batch(Input):
    """What a queue hands over at once of one group, in order."""

    items: list[Item]


def scope(room: Document | None, *, guarded: bool = False) -> Document | None:
    """Of a room, what delivery asks: who may read it, and for whom it is unread."""
    if room is None:
        return None
    asked: Document = {key: room[key] for key in ASKED if key in room}
    asked[OWN] = {key: value for key, value in room.get(OWN, {}).items() if key == "authors"}
    if guarded:
        asked[OWN]["guarded"] = True
    author = ((room.get("lastMessage") or {}).get("u") or {}).get("_id")
    return {**asked, "lastMessage": {"u": {"_id": author}}} if author else asked


def parts(share: list[Emission]) -> Iterator[tuple[str, str]]:
    """The emissions as EJSON, in one work item or in several; before it what names an item's.

    A name says which emissions are in it, so that no item is taken for one that held less: a
    message may be handed on once more with a room that has changed.
    """
    part: dict[int, str] = {}
    size = 0
    for place, emission in enumerate(share):
        text = _encoded(emission)
        if text is None:
            continue
        its = len(text.encode())
        if part and size + its > PART:
            yield _named(part, share)
            part, size = {}, 0
        part[place] = text
        size += its
    if part:
        yield _named(part, share)


def _named(part: dict[int, str], share: list[Emission]) -> tuple[str, str]:
    name = "" if len(part) == len(share) else ":" + ",".join(map(str, part))
    return name, ",".join(part.values())


def _encoded(emission: Emission) -> str | None:
    """None, with a warning, for what no connection could be sent.

    A room's change does without the last message where that makes it too large.
    """
    text = _text(emission)
    if text is None:
        text = _text(replace(emission, args=[_without_message(arg) for arg in emission.args]))
    if text is None:
        warn("not delivered", audience=emission.audience, stream=emission.stream)
    return text


def _text(emission: Emission) -> str | None:
    args = ejson.dumps(emission.args)
    if not frames.fits(frames.changed(emission.stream, emission.event, args)):
        return None
    others = ejson.dumps({name: getattr(emission, name) for name in OTHERS})
    return escaped(f'{others[:-1]},"args":{args}}}')


def _without_message(arg: object) -> object:
    if not isinstance(arg, dict):
        return arg
    return {key: value for key, value in arg.items() if key != "lastMessage"}
