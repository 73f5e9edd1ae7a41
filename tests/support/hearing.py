"""Two who listen to the same, one of whom is removed; and what happens to be heard.

In event names RID is the room, UID the listener.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from contrail.domain.listening import JUDGE
from contrail.domain.logouts import SENT_AWAY
from contrail.shapes.fact import Fact
from contrail.shapes.facts import MessageSent, RoomChanged, StreamWritten
from contrail.shapes.people_facts import UserChanged, UserStatusChanged
from contrail.shapes.stream_facts import UserStreamWritten
from tests.support.ddp import Ddp, Frame
from tests.support.doors_admin import make_role
from tests.support.removals import ROLE, Removal
from tests.support.scene import fresh, invoke
from tests.support.told import LOGGED, MESSAGES, ROOM, USER, Stage
from tests.support.workspace import Json, Person, Workspace

PRESENCE = "stream-user-presence"
Key = tuple[str, str]
LOOKING: tuple[Key, ...] = (
    (MESSAGES, "RID"),
    (MESSAGES, "__my_messages__"),
    (ROOM, "RID/user-activity"),
    (ROOM, "RID/typing"),
    (ROOM, "RID/webrtc"),
    (ROOM, "RID/deleteMessage"),
    (ROOM, "RID/deleteMessageBulk"),
    (ROOM, "RID/e2e.keyRequest"),
    ("stream-room-data", "RID"),
)
"""For whoever may look into a room."""
BELONGING: tuple[Key, ...] = (
    (USER, "UID/rooms-changed"),
    (USER, "UID/subscriptions-changed"),
    (USER, "UID/notification"),
    (USER, "UID/e2ekeyRequest"),
)
"""For a room's members."""
OWN: tuple[Key, ...] = (
    *((USER, f"UID/{name}") for name in ("userData", "webrtc", "otr")),
    *((LOGGED, name) for name in ("updateCustomUserStatus", "roles-change", "user-status")),
    ("stream-roles", "roles"),
    ("stream-user-presence", ""),
)
"""For whoever is logged in."""


ROOMS = LOOKING + BELONGING


class Ear:
    """A client that listens, and what it has heard since it was last asked."""

    def __init__(self, client: Ddp, person: Person, rid: str, keys: tuple[Key, ...]) -> None:
        self.client = client
        self._names = {"RID": rid, "UID": person.id}
        self._keys = {
            (stream, self._named(stream, event)): (stream, event) for stream, event in keys
        }
        self._from = 0

    def _named(self, stream: str, event: str) -> str:
        name = self._names["UID"] if stream == PRESENCE else event
        for placeholder, value in self._names.items():
            name = name.replace(placeholder, value)
        return name

    async def listen(self, token: str) -> None:
        await self.client.connect()
        await self.client.resume(token)
        for (stream, name), (_, event) in self._keys.items():
            options: Any = {"added": [name]} if stream == PRESENCE else False
            asked = event if stream == PRESENCE else name
            assert (await self.client.sub(stream, asked, options))["msg"] == "ready", event

    async def heard(self) -> Counter[Key]:
        """All that was posted before this is in it."""
        pongs = sum(_is_pong(frame) for frame in self.client.frames)
        await self.client.send({"msg": "ping"})
        await self.client.until(lambda _: sum(map(_is_pong, self.client.frames)) > pongs)
        fresh, self._from = self.client.frames[self._from :], len(self.client.frames)
        return Counter(filter(None, map(self._key, fresh)))

    def _key(self, frame: Frame) -> Key | None:
        """Of an event; one that nobody asked for stands for itself."""
        if frame.get("msg") != "changed":
            return None
        event = str(frame["fields"].get("eventName"))
        told = str(frame["collection"]), event
        return self._keys.get(told, told)


def _is_pong(frame: Frame) -> bool:
    return frame.get("msg") == "pong"


@asynccontextmanager
async def listening(
    stage: Stage, stays: Person, keys: tuple[Key, ...], token: str = ""
) -> AsyncIterator[tuple[Ear, Ear]]:
    """The one who is removed, and one who stays."""
    url = stage.workspace.ws_url
    async with Ddp(url) as lost, Ddp(url) as kept:
        ears = Ear(lost, stage.listener, stage.rid, keys), Ear(kept, stays, stage.rid, keys)
        for ear, its in zip(ears, (token or stage.listener.token, stays.token), strict=True):
            await ear.listen(its)
        yield ears


async def cause(stage: Stage, *news: Callable[[Stage], None]) -> None:
    """What others do, and all of it delivered."""
    for one in news:
        await asyncio.to_thread(one, stage)
    await asyncio.to_thread(stage.workspace.settle)


async def remove(stage: Stage, removal: Removal, client: Ddp) -> None:
    """It is acknowledged, and what the removal itself tells has come."""
    given, workspace = removal.given(stage), stage.workspace
    who = {"owner": stage.other, "victim": stage.listener, "admin": workspace.admin}.get(
        removal.who
    )
    if who is None:
        who = workspace.login(stage.listener.username, "secret")
    if removal.way.startswith("v1/"):
        await asyncio.to_thread(who.ok, "POST", removal.way, given)
    elif removal.who == "victim":
        assert "error" not in await client.call(removal.way, *given)
    else:
        assert "error" not in await asyncio.to_thread(invoke, workspace, who, removal.way, given)
    await asyncio.to_thread(workspace.settle)


def stage_of(workspace: Workspace, owner: Person, *, private: bool, members: list[Person]) -> Stage:
    """A room of the owner's; the listener is the first of the members, or somebody else."""
    listener = workspace.person()
    inside = [listener, *members]
    names = [one.username for one in inside]
    kind = "groups" if private else "channels"
    given = {"name": fresh("r"), "members": names}
    room = owner.ok("POST", f"v1/{kind}.create", given)[kind.removesuffix("s")]
    workspace.settle()
    return Stage(workspace, listener, owner, room["_id"])


def looking_in(workspace: Workspace, owner: Person, stays: Person) -> Stage:
    """A public room, and a listener who is not in it."""
    rid = workspace.channel(owner, stays)["_id"]
    workspace.settle()
    return Stage(workspace, workspace.person(), owner, rid)


def hold_back(workspace: Workspace, patch: pytest.MonkeyPatch) -> None:
    """From now on no connection works through what ends its subs or itself."""
    enqueue = workspace.runtime.bus.enqueue

    def held_back(queue: str, body: str, **more: Any) -> None:
        if more["attributes"].get("event") not in (JUDGE, SENT_AWAY):
            enqueue(queue, body, **more)

    patch.setattr(workspace.runtime.bus, "enqueue", held_back)


async def loses(
    stage: Stage,
    stays: Person,
    keys: tuple[Key, ...],
    removal: Removal,
    patch: pytest.MonkeyPatch,
    stale: Sequence[Fact] = (),
) -> None:
    """Both hear all of `keys`, and after the removal only the one who stays; `stale` comes late."""
    async with listening(stage, stays, keys) as (lost, kept):
        await cause(stage, room_news)
        assert set(await lost.heard()) == set(keys)
        hold_back(stage.workspace, patch)
        await remove(stage, removal, lost.client)
        await lost.heard()
        await kept.heard()
        stage.workspace.runtime.instances["messaging"].publish(*stale)
        await cause(stage, room_news)
        assert await lost.heard() == {}
        assert set(await kept.heard()) == set(keys)


def room_news(stage: Stage) -> None:
    """Cause each event of LOOKING and of BELONGING, by the room's owner."""
    owner, rid = stage.other, stage.rid
    for name, args in (("user-activity", ["user-typing"]), ("webrtc", {"on": 1})):
        first = [owner.username] if name == "user-activity" else []
        stage.write(ROOM, f"{rid}/{name}", *first, args)
    said = stage.say()
    owner.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": said["_id"]})
    stage.say()
    times = {"oldest": "2020-01-01T00:00:00.000Z", "latest": "2100-01-01T00:00:00.000Z"}
    owner.ok("POST", "v1/rooms.cleanHistory", {"roomId": rid, **times})
    stage.write("stream-notify-room-users", f"{rid}/e2ekeyRequest", rid, "key-id")
    rooms = stage.workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"encrypted": True, "e2eKeyId": "key-id"}})
    invoke(stage.workspace, owner, "e2e.requestSubscriptionKeys", [])
    rooms.update_one({"_id": rid}, {"$unset": {"encrypted": 1, "e2eKeyId": 1}})


def own_news(stage: Stage) -> None:
    """Cause each event of OWN, as far as there still is such a user."""
    publish, uid = stage.workspace.runtime.instances["account"].publish, stage.listener.id
    publish(UserChanged(uid=uid, diff={"bio": "told"}, nonce=fresh("n")))
    user = {"_id": uid, "username": stage.listener.username, "status": "busy", "roles": []}
    publish(UserStatusChanged(user=user, everyone=True, nonce=fresh("n")))
    for name in ("webrtc", "otr"):
        stage.write(USER, f"{uid}/{name}", "deny", {"x": 1})
    given = {"name": fresh("s"), "statusType": "busy"}
    stage.workspace.admin.ok("POST", "v1/custom-user-status.create", given)
    role = make_role(stage.workspace)
    named = {"roleId": role, "username": stage.other.username}
    stage.workspace.admin.ok("POST", "v1/roles.addUserToRole", named)
    stage.workspace.admin.ok("POST", "v1/roles.removeUserFromRole", named)
    stage.workspace.admin.ok("POST", "v1/roles.delete", {"roleId": role})


def stale_facts(stage: Stage) -> list[Fact]:
    """What someone publishes who found the room as it is now, and is slow."""
    found = stage.workspace.database["rocketchat_room"].find_one({"_id": stage.rid})
    room, now = dict(found or {}), stage.workspace.runtime.clock.now()
    sender = {"_id": stage.other.id, "username": stage.other.username, "name": "Sender"}
    message = {"_id": fresh("m"), "rid": stage.rid, "msg": "late", "u": sender, "ts": now}
    event = f"{stage.rid}/user-activity"
    args = [stage.other.username, ["user-typing"]]
    signal: Json = {
        "uid": stage.listener.id,
        "event": "e2ekeyRequest",
        "args": [stage.rid, "key-id"],
    }
    return [
        UserStreamWritten(**signal, room=room, origin="", nonce=fresh("n")),
        MessageSent(message={**message, "_updatedAt": now}, revision=1, room=room),
        StreamWritten(room=room, stream=ROOM, event=event, args=args, origin="", nonce=fresh("n")),
        RoomChanged(action="updated", room=room, nonce=fresh("n")),
    ]


def watching_role(workspace: Workspace, *people: Person) -> None:
    """Give them the role ROLE."""
    role = {"_id": ROLE, "name": ROLE, "scope": "Users", "protected": False, "description": ""}
    workspace.database["rocketchat_roles"].update_one(
        {"_id": ROLE}, {"$setOnInsert": role}, upsert=True
    )
    for person in people:
        workspace.database["users"].update_one({"_id": person.id}, {"$addToSet": {"roles": ROLE}})


@contextmanager
def restored(workspace: Workspace, *permissions: str) -> Iterator[None]:
    """Afterwards the permissions are those of whoever had them before."""
    rows = workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    before = [{"_id": r["_id"], "roles": r["roles"]} for r in rows if r["_id"] in permissions]
    try:
        yield
    finally:
        workspace.admin.ok("POST", "v1/permissions.update", {"permissions": before})
