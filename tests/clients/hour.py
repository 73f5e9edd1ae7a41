"""An hour of chat, squeezed into seconds: what is done in it, and what is to be heard of it.

Events are told apart by what matters of their arguments (`brief`). What one action causes has no
order among itself; all else in one room, or about one user, has.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.support.ddp import Ddp
from tests.support.workspace import Json, Person, Workspace

Heard = tuple[str, Any]
"""An event's name and its brief."""
STATUSES = {"offline": 0, "online": 1, "away": 2, "busy": 3}


def message(row: Json) -> Any:
    """Everything that the hour changes about a message."""
    text = row["msg"] if row.get("t") not in ("au", "ru") else ""
    marks = ("editedAt" in row, bool(row.get("pinned")), tuple(sorted(row.get("reactions") or ())))
    return (row["_id"], row.get("t"), text, row.get("tcount"), *marks)


def brief(stream: str, name: str, args: list[Any]) -> Heard | None:
    """An event as it is compared; None where it is another's, or one of many of its kind."""
    event = name.rpartition("/")[2]
    if stream == "stream-room-messages":
        return f"messages/{args[0]['rid']}", message(args[0])
    if stream == "hubot":
        return f"messages/{args[0]['rid']}", args[0].get("_id", name)
    if stream == "stream-notify-room":
        return f"{event}/{name.partition('/')[0]}", str(args[:2])
    if event == "notification":
        payload = args[0]["payload"]
        return f"{event}/{payload['rid']}", payload["_id"]
    if event in ("subscriptions-changed", "rooms-changed") and args[0] != "updated":
        return event, (args[0], args[1].get("rid", args[1]["_id"]))
    if event == "user-status":
        return f"{event}/{args[0][0]}", args[0][2]
    if event == "roles-change":
        return f"{event}/{args[0].get('scope')}", (args[0]["type"], args[0]["_id"])
    return None


@dataclass
class Act:
    """A part of the hour: by name, what each action is to be heard as."""

    expected: dict[str, list[list[Any]]] = field(default_factory=lambda: defaultdict(list))
    began: int = 0
    """Milliseconds since the epoch."""
    sent: list[Json] = field(default_factory=list)
    """What people said in the room and did not delete, threads included."""

    def expect(self, *heard: Heard) -> None:
        together: dict[str, list[Any]] = defaultdict(list)
        for name, said in heard:
            together[name].append(said)
        for name, row in together.items():
            self.expected[name].append(row)


class Hour:
    """Ben and cleo chat in ann's room, and with her."""

    def __init__(self, workspace: Workspace, room: Json, people: tuple[Person, ...]) -> None:
        self._workspace = workspace
        self._room = room
        self._rid = room["_id"]
        self._ann, self._ben, self._cleo = people
        self._act = Act()
        # Made before anyone listens: everyone new is welcomed in the room that all are in.
        self._strangers = [workspace.person() for _ in range(3)]

    def follow(self) -> list[tuple[str, str]]:
        """The streams and events that ann's clients subscribe to."""
        uid, rid = self._ann.id, self._rid
        own = ("notification", "subscriptions-changed", "rooms-changed", "message")
        return [
            ("stream-room-messages", rid),
            ("stream-notify-room", f"{rid}/deleteMessage"),
            ("stream-notify-room", f"{rid}/user-activity"),
            ("stream-notify-room", f"{rid}/typing"),
            *(("stream-notify-user", f"{uid}/{event}") for event in own),
            ("stream-notify-logged", "user-status"),
            ("stream-notify-logged", "roles-change"),
        ]

    async def act(self, name: str, typing: Ddp) -> Act:
        """Play it. `typing` is ben's only connection: he comes with it and goes with it."""
        self._act = Act(began=int(time.time() * 1000))
        self._act.expect((f"user-status/{self._ben.id}", STATUSES["online"]))
        self._status("busy")
        first = self._say(self._ben, f"{name}: good *morning*")
        await self._type(typing)
        for number in range(5):
            self._say((self._ben, self._cleo)[number % 2], f"{name}: {number} :wave:")
        self._change(first)
        self._thread(first, name)
        self._pin(first)
        gone = self._say(self._cleo, "oops", stays=False)
        self._cleo.ok("POST", "v1/chat.delete", {"roomId": self._rid, "msgId": gone["_id"]})
        self._act.expect((f"deleteMessage/{self._rid}", str([{"_id": gone["_id"]}])))
        self._room_changes(name)
        self._come_and_go()
        self._talk_to_ann(name)
        self._status("online")
        self._say(self._ben, f"{name}: the end")
        self._act.expect((f"user-status/{self._ben.id}", STATUSES["offline"]))
        return self._act

    def _said(self, *rows: Json) -> None:
        """These messages are to be heard."""
        self._act.expect(*((f"messages/{row['rid']}", message(row)) for row in rows))

    def _say(self, person: Person, text: str, *, stays: bool = True, **more: Any) -> Json:
        given = {"message": {"rid": self._rid, "msg": text, **more}}
        sent: Json = person.ok("POST", "v1/chat.sendMessage", given)["message"]
        if "tmid" not in more:
            self._said(sent)
            self._act.expect((f"notification/{sent['rid']}", sent["_id"]))
        if stays and sent["rid"] == self._rid:
            self._act.sent.append(sent)
        return sent

    def _now(self, row: Json) -> Json:
        """A message as it is by now."""
        query = {"msgId": row["_id"]}
        return dict(self._ann.ok("GET", "v1/chat.getMessage", query)["message"])

    def _newest(self, kind: str) -> Json:
        """The latest system message of a kind."""
        found = self._workspace.database["rocketchat_message"].find({"rid": self._rid, "t": kind})
        return dict(found.sort("ts", -1).limit(1)[0])

    def _status(self, status: str) -> None:
        self._ben.ok("POST", "v1/users.setStatus", {"status": status, "message": ""})
        self._act.expect((f"user-status/{self._ben.id}", STATUSES[status]))

    async def _type(self, typing: Ddp) -> None:
        event = f"{self._rid}/user-activity"
        for doing in (["user-typing"], []):
            await typing.call("stream-notify-room", event, self._ben.username, doing)
            said = str([self._ben.username, doing])
            older = str([self._ben.username, bool(doing)])
            self._act.expect((f"user-activity/{self._rid}", said))
            self._act.expect((f"typing/{self._rid}", older))

    def _change(self, row: Json) -> None:
        """Edit it, and react twice."""
        text = f"{row['msg']} (edited)"
        changed = {"roomId": self._rid, "msgId": row["_id"], "text": text}
        self._ben.ok("POST", "v1/chat.update", changed)
        self._said(self._now(row))
        for should in (True, False):
            reaction = {"messageId": row["_id"], "emoji": ":tada:", "shouldReact": should}
            self._cleo.ok("POST", "v1/chat.react", reaction)
            self._said(self._now(row))

    def _thread(self, parent: Json, name: str) -> None:
        for number in range(2):
            reply = self._say(self._cleo, f"{name}: reply {number}", tmid=parent["_id"])
            self._said(reply, self._now(parent))

    def _pin(self, row: Json) -> None:
        self._ben.ok("POST", "v1/chat.pinMessage", {"messageId": row["_id"]})
        self._said(self._now(row), self._newest("message_pinned"))
        self._ben.ok("POST", "v1/chat.unPinMessage", {"messageId": row["_id"]})
        self._said(self._now(row))

    def _room_changes(self, name: str) -> None:
        self._ben.ok("POST", "v1/channels.setTopic", {"roomId": self._rid, "topic": name})
        self._said(self._newest("room_changed_topic"))
        role = {"roomId": self._rid, "userId": self._cleo.id}
        for verb, kind in (("add", "added"), ("remove", "removed")):
            self._ben.ok("POST", f"v1/channels.{verb}Moderator", role)
            self._said(self._newest(f"subscription-role-{kind}"))
            self._act.expect((f"roles-change/{self._rid}", (kind, "moderator")))

    def _come_and_go(self) -> None:
        for path, kind in (("leave", "ul"), ("join", "uj")):
            self._cleo.ok("POST", f"v1/channels.{path}", {"roomId": self._rid})
            self._said(self._newest(kind))

    def _talk_to_ann(self, name: str) -> None:
        self._say(self._ben, f"@{self._ann.username} {name}")
        # Rooms have no order among each other, and the old SDK's bots pass over what is older than
        # what they have heard elsewhere.
        self._workspace.settle()
        # Someone she has not talked to yet.
        stranger = self._strangers.pop()
        direct = stranger.ok("POST", "v1/im.create", {"username": self._ann.username})["room"]
        given = {"message": {"rid": direct["_id"], "msg": f"psst, {name}"}}
        sent = stranger.ok("POST", "v1/chat.sendMessage", given)["message"]
        self._said(sent)
        for changed in ("subscriptions-changed", "rooms-changed"):
            self._act.expect((changed, ("inserted", direct["_id"])))
        self._act.expect((f"notification/{sent['rid']}", sent["_id"]))
        self._workspace.settle()
