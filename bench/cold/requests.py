"""The first request of each function: one that its clients really send."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bench.cold.world import KEPT, World
from contrail.api.origin import ADDRESS, HEADER
from contrail.ddp import ejson
from contrail.shapes import wirejson
from contrail.shapes.facts import MessageSent
from contrail.shapes.ids import random_id
from infra.grants import ORIGIN
from local.isolated.names import ACCOUNT, REGION

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class First:
    """`event` makes another one each time; a gateway's is answered with `status`."""

    function: str
    what: str
    event: Callable[[World], Event]
    status: int = 200

    def worked(self, answer: Any) -> bool:
        """Whether this is what the gateway, or the queue, is to get."""
        if not isinstance(answer, dict):
            return False
        return answer.get("statusCode") == self.status or answer.get("batchItemFailures") == []


def rest(verb: str, path: str, **body: Any) -> Callable[[World], Event]:
    """Through the edge, logged in."""

    def event(world: World) -> Event:
        return {
            "httpMethod": verb,
            "path": path,
            "headers": {
                "Content-Type": "application/json",
                "X-User-Id": world.uid,
                "X-Auth-Token": world.token,
                **_from_edge(),
            },
            "multiValueQueryStringParameters": None,
            "requestContext": _context(),
            "body": wirejson.encode(body).decode() if body else None,
            "isBase64Encoded": False,
        }

    return event


def _send(world: World) -> Event:
    message = {"_id": random_id(), "rid": world.rid, "msg": "hello"}
    return rest("POST", "/messaging/v1/chat.sendMessage", message=message)(world)


def _call(world: World) -> Event:
    frame = ejson.dumps({"msg": "method", "id": "1", "method": "rooms/get", "params": []})
    path = f"/streamer/v1/method.call/{quote('rooms:get')}"
    return rest("POST", path, message=frame)(world)


def _opening(world: World) -> Event:
    context = {"routeKey": "$connect", "eventType": "CONNECT", "connectionId": f"{random_id()}="}
    return {"headers": _from_edge(), "requestContext": {**_context(), **context}}


def _frame(world: World) -> Event:
    text = ejson.dumps({"msg": "connect", "version": "1", "support": ["1"]})
    body = base64.b64encode(text.encode()).decode()
    return batch("frames", world.connection(), body, event="MESSAGE")


def first_fact(world: World) -> Event:
    room = world.store.rooms.by_id(world.rid) or {}
    message = {
        "_id": random_id(),
        "rid": world.rid,
        "msg": "hello",
        "ts": world.ports.clock.now(),
        "u": {"_id": world.uid, "username": world.uid, "name": "Someone"},
    }
    fact = MessageSent(message=message, revision=1, room=room)
    return batch("facts", fact.group, ejson.dumps(fact.model_dump()), kind=fact.kind)


def batch(queue: str, group: str, body: str, **attributes: str) -> Event:
    record = {
        "messageId": random_id(),
        "body": body,
        "attributes": {
            "MessageGroupId": group,
            "MessageDeduplicationId": random_id(),
            "ApproximateReceiveCount": "1",
        },
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()
        },
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}.fifo",
    }
    return {"Records": [record]}


def _context() -> Event:
    identity = {"sourceIp": "192.0.2.1", "userAgent": "bench"}
    return {"requestId": random_id(), "identity": identity}


def _from_edge() -> dict[str, str]:
    return {HEADER: KEPT[ORIGIN], ADDRESS: "192.0.2.1:40000"}


REQUESTS = (
    First("account", "GET me", rest("GET", "/account/v1/me")),
    First(
        "authorization",
        "GET permissions.listAll",
        rest("GET", "/authorization/v1/permissions.listAll"),
    ),
    # Without a directory there is nothing else to ask of it.
    First(
        "ldap",
        "POST ldap.testConnection, refused",
        rest("POST", "/ldap/v1/ldap.testConnection"),
        status=400,
    ),
    First("mail", "GET smtp.check", rest("GET", "/mail/v1/smtp.check")),
    First("oauth", "GET oauth-apps.list", rest("GET", "/oauth/v1/oauth-apps.list")),
    First("presence", "GET users.presence", rest("GET", "/presence/v1/users.presence")),
    First("teams", "GET teams.list", rest("GET", "/teams/v1/teams.list")),
    First("upload", "GET emoji-custom.list", rest("GET", "/upload/v1/emoji-custom.list")),
    First("messaging", "POST chat.sendMessage", _send),
    First("rooms", "GET rooms.get", rest("GET", "/rooms/v1/rooms.get")),
    First("settings", "GET settings.public", rest("GET", "/settings/v1/settings.public")),
    First("workspace", "GET info", rest("GET", "/workspace/v1/info")),
    First("calls", "POST method.call, of rooms/get", _call),
    First("streamer", "$connect", _opening),
    First("streamer", "the frame connect", _frame),
    First("fanout", "the fact MessageSent", first_fact),
)
