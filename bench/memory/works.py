"""The most that each function is asked to do at once, so far as that can be done here."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from PIL import Image

from bench.cold.requests import REQUESTS, batch, rest
from bench.cold.world import World
from contrail.ddp import ejson
from contrail.shapes.facts import MessageSent
from contrail.shapes.ids import random_id
from infra.tables import tables
from infra.topology import Function
from local.isolated.names import REGION

Event = dict[str, Any]
Asked = Callable[[World], Event]
LARGEST = 5_900_000
"""Bytes of a body: Lambda hands on 6 MB, with all that is around it."""


@dataclass(frozen=True, slots=True)
class Work:
    """`what` is said of it in docs/functions.md."""

    what: str
    event: Asked


def firsts(function: Function) -> list[Work]:
    """First requests of its own, of a function that services share those of the first of them."""
    names = {function.name, *function.shared[:1]}
    found = [
        Work(one.what.removesuffix(", refused"), one.event)
        for one in REQUESTS
        if one.function in names
    ]
    return found or [Work("the task prepare, with nothing to do", lambda _: {"task": "prepare"})]


def works(function: Function) -> Iterator[Work]:
    if function.rest:
        yield Work("a body of 6 MB", _body(function))
    for name in (function.name, *function.shared):
        yield from WORKS.get(name, ())


def _body(function: Function) -> Asked:
    """To some row of its own, which may refuse it once it is read."""
    service = function.services[0]
    rows = sorted(tables()[service].rest, key=lambda row: row.verb != "POST")
    path = "/".join("x" if part[0] == ":" else part for part in rows[0].path.split("/"))
    return rest(rows[0].verb, f"/{service}/{path}", filler="x" * LARGEST)


def _listed(path: str, **query: str) -> Asked:
    ask = rest("GET", path)

    def event(world: World) -> Event:
        given = {name: [value] for name, value in query.items()}
        return {**ask(world), "multiValueQueryStringParameters": given}

    return event


def _form(path: str, field: str, body: bytes, kind: str, **fields: str) -> Asked:
    """A form with a file, as the gateway hands it on."""
    mark = "form-mark"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="{field}"; filename="a"\r\nContent-Type: {kind}'
    parts += [f"--{mark}\r\n{head}\r\n\r\n".encode(), body, f"\r\n--{mark}--\r\n".encode()]
    ask = rest("POST", path)

    def event(world: World) -> Event:
        made = ask(world)
        made["headers"]["Content-Type"] = f"multipart/form-data; boundary={mark}"
        encoded = base64.b64encode(b"".join(parts)).decode()
        return {**made, "body": encoded, "isBase64Encoded": True}

    return event


def _picture(width: int, height: int, form: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width // 8, height // 8), 40).resize((width, height)).save(out, form)
    return out.getvalue()


def _export(world: World) -> Event:
    wanted = {"rid": world.rid, "type": "file", "format": "json"}
    return rest("POST", "/upload/v1/rooms.export", **wanted)(world)


def _scheduled(name: str) -> Asked:
    return lambda _: {"schedule": name}


def _frames(world: World) -> Event:
    """A batch of ten from ten connections: each is a whole frame of a client."""
    text = json.dumps({"msg": "connect", "version": "1", "support": ["1"], "x": "x" * 32_000})
    body = base64.b64encode(text.encode()).decode()
    events = (batch("frames", world.connection(), body, event="MESSAGE") for _ in range(10))
    return {"Records": [record for event in events for record in event["Records"]]}


def _large_fact(world: World) -> Event:
    """A message that just fits into a frame to clients."""
    message = {
        "_id": random_id(),
        "rid": world.rid,
        "msg": "x" * 100_000,
        "ts": world.ports.clock.now(),
        "u": {"_id": world.uid, "username": world.uid, "name": "Someone"},
    }
    room = world.store.rooms.by_id(world.rid) or {}
    fact = MessageSent(message=message, revision=1, room=room)
    return batch("facts", fact.group, ejson.dumps(fact.model_dump()), kind=fact.kind)


def _deliveries(world: World) -> Event:
    """What came of the fact, as it lies in the queue."""
    records: list[Event] = []
    sqs = boto3.client("sqs", endpoint_url=world.aws, region_name=REGION)
    url = sqs.get_queue_url(QueueName="deliveries.fifo")["QueueUrl"]
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            records += batch("deliveries", "room", one["Body"])["Records"]
    return {"Records": records}


def _letter(_: World) -> Event:
    """As long as one may be; nobody is there to carry it."""
    letter = {
        "kind": "mailing-letter",
        "sender": "boss@example.com",
        "to": "somebody@example.com",
        "name": "Somebody",
        "unsubscribe": "x/1",
        "subject": "News",
        "body": "<p>" + "x" * 199_000,
    }
    return batch("mails", "mails", json.dumps(letter))


def _synchronize(world: World) -> Event:
    """Asked for, and nobody of the directory known yet, in each round."""
    world.store.database["users"].delete_many({"ldap": True})
    world.store.runs.want("ldap-sync")
    return {"schedule": "synchronize"}


def _all_anew(world: World) -> Event:
    """Data as an old release left it: what it did not know is missing, and no change was made."""
    for name in ("rocketchat_permissions", "contrail_migrations"):
        world.store.database[name].delete_many({})
    return {"task": "prepare"}


WORKS: Mapping[str, tuple[Work, ...]] = {
    "deploy": (Work("all permissions and all changes of data", _all_anew),),
    "account": (Work("5,000 users", _listed("/account/v1/users.list", count="0")),),
    "authorization": (
        Work(
            "5,000 users of a role",
            _listed("/authorization/v1/roles.getUsersInRole", role="user", count="0"),
        ),
    ),
    "ldap": (Work("300 people of a directory", _synchronize),),
    "presence": (
        Work("5,000 users online", _listed("/presence/v1/users.presence")),
        Work("watching connections", _scheduled("presence")),
    ),
    "messaging": (
        Work(
            "100 messages of 5,000 characters",
            _listed("/messaging/v1/chat.search", roomId="GENERAL", searchText="x", count="100"),
        ),
    ),
    "rooms": (
        Work("1,000 subscriptions", _listed("/rooms/v1/subscriptions.get")),
        Work("1,000 rooms with their last messages", _listed("/rooms/v1/rooms.get")),
        Work("1,000 rooms as a list", _listed("/rooms/v1/channels.list", count="0")),
    ),
    "mail": (Work("a letter of 200 KB", _letter),),
    "upload": (
        Work(
            "a picture of 9 million pixels",
            _form(
                "/upload/v1/rooms.media/GENERAL", "file", _picture(3000, 2990, "PNG"), "image/png"
            ),
        ),
        Work(
            "an avatar of 16 million pixels",
            _form("/upload/v1/users.setAvatar", "image", _picture(4000, 4000, "PNG"), "image/png"),
        ),
        Work("asking for a room as a file", _export),
        Work("an archive of 1,000 messages", _scheduled("exports")),
    ),
    "settings": (Work("all settings", _listed("/settings/v1/settings", count="0")),),
    "streamer": (Work("ten frames of 32 KB", _frames),),
    "fanout": (
        Work("a fact of 100 KB", _large_fact),
        Work("posting it to 100 connections", _deliveries),
    ),
}
"""Beside the body of 6 MB that every function behind the REST API may be sent."""
