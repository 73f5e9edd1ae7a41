"""Gateway and queue events as a function gets them, and a stand-in for what it posts to."""

from __future__ import annotations

import base64
from typing import Any

from contrail.ddp import ejson
from contrail.shapes.ids import random_id

Event = dict[str, Any]


class Recorder:
    """Stands for the sockets: keeps what is posted."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: list[str] = []

    def post(self, connection_id: str, *frames: str) -> bool:
        self.frames += [ejson.loads(frame) for frame in frames]
        return True

    def close(self, connection_id: str) -> None:
        self.closed.append(connection_id)


def connect_event(connection_id: str) -> Event:
    context = {"routeKey": "$connect", "eventType": "CONNECT", "connectionId": connection_id}
    return {"requestContext": {**context, "requestId": random_id()}}


def record(
    queue: str, group: str, body: str, receives: int = 1, dedup: str = "", **attributes: Any
) -> Event:
    """One SQS record; attributes are text."""
    return {
        "messageId": random_id(),
        "body": body,
        "attributes": {
            "MessageGroupId": group,
            "MessageDeduplicationId": dedup or random_id(),
            "ApproximateReceiveCount": str(receives),
        },
        "messageAttributes": {k: {"stringValue": str(v)} for k, v in attributes.items()},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:local:000000000000:{queue}.fifo",
    }


def frame_record(connection_id: str, frame: Any, time: int) -> Event:
    """A client's frame; `time` in ms."""
    body = base64.b64encode(ejson.dumps(frame).encode()).decode()
    return record(
        "frames", connection_id, body, event="MESSAGE", time=time, correlation_id=random_id()
    )


def batch(*records: Event) -> Event:
    return {"Records": list(records)}
