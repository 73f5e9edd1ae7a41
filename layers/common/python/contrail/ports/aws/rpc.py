"""The rpc port: Lambda's Invoke, or a plain call where both share a function."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from contrail.ports.aws.endpoint import Endpoint, Reply
from contrail.ports.aws.signing import encoded
from contrail.ports.aws.table import Client
from contrail.ports.bounds import QUEUED, within
from contrail.ports.clock import Clock
from contrail.shapes import wirejson

Event = dict[str, Any]
Handler = Callable[[Event], Event]

PATIENCE = 28.0
"""Seconds that a call without a deadline may take."""
ACCEPTED, THROTTLED = 202, 429
FIRST_WAIT = 0.1


class RpcFailedError(RuntimeError):
    """The callee raised, or could not be called. The message holds nothing of the event."""


class LambdaRpc:
    """`functions` maps services to function names, aliases or ARNs; safe for threads.

    An event's `deadline` is in milliseconds since 1970. A call is sent once, because it may have
    run even if its answer got lost; only what certainly did not run is tried again: a call that
    was throttled or found no connection. `here` holds the handlers of services that share this
    function; whoever binds them puts them in.

    `send` is rare and off every hot path, so boto3 does it, which tries again by itself: an event
    may be handled twice anyway.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        client: Client,
        functions: Mapping[str, str],
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._client = client
        self._functions = dict(functions)
        self._clock = clock
        self._sleep = sleep
        self.here: dict[str, Handler] = {}

    def call(self, service: str, event: Event) -> Event:
        """Raises `TimeoutError`, `RpcFailedError`, or `KeyError` for an unknown service."""
        if service in self.here:
            return self.here[service](event)
        path = f"/2015-03-31/functions/{encoded(self._functions[service])}/invocations"
        body = wirejson.encode(event)
        ends = event.get("deadline") or self._now() + PATIENCE * 1000
        wait = FIRST_WAIT
        while (left := (ends - self._now()) / 1000) > 0:
            try:
                reply = self._endpoint.request("POST", path, body, timeout=left)
            except ConnectionRefusedError:
                reply = None
            if reply is not None and reply.status != THROTTLED:
                return _answer(service, reply)
            self._sleep(min(left, wait * random.uniform(0.5, 1)))
            wait *= 2
        raise TimeoutError(f"{service} did not answer in time")

    def send(self, service: str, event: Event) -> None:
        """Raises botocore's exceptions, and `RpcFailedError`, when it may not be accepted.

        Services in this function are no exception: what is sent outlives it.
        """
        body = wirejson.encode(event)
        within(f"an event for {service}", len(body), QUEUED)
        answer = self._client().invoke(
            FunctionName=self._functions[service], InvocationType="Event", Payload=body
        )
        if answer["StatusCode"] != ACCEPTED:
            raise RpcFailedError(f"{service}: sending was answered {answer['StatusCode']}")

    def _now(self) -> float:
        return self._clock.now().timestamp() * 1000


def _answer(service: str, reply: Reply) -> Event:
    if reply.status >= 300:
        raise RpcFailedError(f"{service}: invoking was answered {reply.status}")
    if reply.headers.get("x-amz-function-error"):
        raise _failure(service, reply.body)
    answer = orjson.loads(reply.body)
    if not isinstance(answer, dict):
        raise RpcFailedError(f"{service}: the answer is no object")
    return answer


def _failure(service: str, body: bytes) -> Exception:
    """Its type only: what an error says may quote its input, and it is in the callee's log."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    said = said if isinstance(said, dict) else {}
    kind = said.get("errorType")
    if kind == "Sandbox.Timedout" or "Task timed out" in str(said.get("errorMessage")):
        return TimeoutError(f"{service} did not answer in time")
    return RpcFailedError(f"{service} failed: {kind or 'no type given'}")
