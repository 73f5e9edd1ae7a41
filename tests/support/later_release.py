"""A release after this one, made of this one's sources: its packages, and how its traces are told.

It differs where two releases meet while code is replaced: in facts (a new field, a new kind), in
what the queues and the connections' records carry, in who calls whom, in the data's version and in
an index. What went through it bears `wave` 2.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import patch

from contrail.domain.migrations import MIGRATIONS
from infra import packages
from infra.packages import Packages, Target, build
from infra.topology import Function

WAVE = 2
INDEX = "_contrail.wave_1"
VERSION = MIGRATIONS[-1].number + 1
SPOKEN = "spoken"
"""Its new event of a room's stream, sent after each message."""

REPLACED = {
    "contrail/shapes/fact.py": (
        "    guarded: bool = False\n",
        "    guarded: bool = False\n    wave: int = 1\n",
    ),
    "contrail/shapes/caller.py": (
        "    proof: Proof | None = None\n",
        f"    proof: Proof | None = None\n    wave: int = {WAVE}\n",
    ),
    "contrail/shapes/connections.py": (
        "    opened_at: int\n",
        f"    opened_at: int\n    wave: int = {WAVE}\n",
    ),
    "contrail/domain/migrations.py": (
        "\n)\n\n\ndef migrate(",
        f'\n    Migration({VERSION}, "waves", lambda store, *which: _number(store, *which)),\n'
        ")\n\n\ndef migrate(",
    ),
    # Batches that the embedded engine works off at once, however busy the machine is.
    "contrail/store/moved_in.py": ("SIZE = 500\n", "SIZE = 50\n"),
    "functions/streamer/emission.py": (
        "    needs: Sequence[str] = ()\n",
        f"    needs: Sequence[str] = ()\n    wave: int = {WAVE}\n",
    ),
}
ADDED = {
    "contrail/shapes/facts.py": """
class RoomSpokenIn(Fact):
    GROUP, DEDUP = "room:{rid}", "{mid}:spoken"
    kind: Literal["RoomSpokenIn"] = "RoomSpokenIn"
    rid: str
    mid: str


AnyFact = Annotated[get_args(AnyFact)[0] | RoomSpokenIn, Field(discriminator="kind")]
FACTS = TypeAdapter(AnyFact)
KINDS = KINDS | {"RoomSpokenIn"}
""",
    "contrail/domain/instance.py": f"""
from contrail.shapes.facts import MessageSent, RoomSpokenIn

_publish = Instance.publish


def publish(self, *facts):
    sent = [one for one in facts if isinstance(one, MessageSent) and one.revision == 1]
    spoken = [RoomSpokenIn(rid=one.message["rid"], mid=one.message["_id"]) for one in sent]
    every = [*facts, *spoken]
    _publish(self, *(one.model_copy(update={{"wave": {WAVE}}}) for one in every))


Instance.publish = publish
""",
    "contrail/domain/migrations.py": f"""
def _number(store, place, now):
    from pymongo import UpdateOne

    lacks = {{"_contrail.wave": {{"$exists": False}}}}

    def change(row):
        return UpdateOne({{"_id": row["_id"], **lacks}}, {{"$set": {{"_contrail.wave": {WAVE}}}}})

    messages = store.messages.collection
    return store.moved_in._each(messages, place, lacks, {{"_id": 1}}, change)
""",
    "contrail/store/collections.py": """
more = Declared("rocketchat_message", (index("_contrail.wave", sparse=True),))
COLLECTIONS = (*COLLECTIONS, more)
""",
    "functions/messaging/messages.py": f"""
_send_before = send


def send(caller: Caller, given: Send, at: Instance) -> Document:
    return {{**_send_before(caller, given, at), "wave": {WAVE}}}
""",
    "functions/streamer/streams.py": f"""
from contrail.shapes.facts import RoomSpokenIn

_emissions_before = emissions


def emissions(fact):
    if isinstance(fact, RoomSpokenIn):
        name = f"{{fact.rid}}/{SPOKEN}"
        return [Emission(f"room:{{fact.rid}}", NOTIFY_ROOM, name, [fact.mid])]
    return [
        replace(one, args=[{{**one.args[0], "wave": fact.wave}}])
        if one.stream == ROOM_MESSAGES and one.kind == "plain"
        else one
        for one in _emissions_before(fact)
    ]
""",
}


def later(folder: Path, functions: Iterable[Function]) -> Packages:
    """Built below `folder` by the one recipe."""
    shutil.copytree(packages.KERNEL, folder / "contrail")
    shutil.copytree(packages.SERVICES, folder / "functions")
    for name, (before, after) in REPLACED.items():
        text = (folder / name).read_text()
        assert text.count(before) == 1, name
        (folder / name).write_text(text.replace(before, after))
    for name, more in ADDED.items():
        with (folder / name).open("a") as source:
            source.write(f"\n{more}")
    sources = patch.multiple(packages, KERNEL=folder / "contrail", SERVICES=folder / "functions")
    with sources:
        return build(folder / "packages", Target.HOST, functions)
