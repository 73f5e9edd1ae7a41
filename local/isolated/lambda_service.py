"""Lambda's Invoke, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping

from aiohttp import web

from contrail.api.fitting import PAYLOAD
from contrail.shapes.logs import warn
from local.isolated.plane import Call
from local.isolated.pool import Pool, ThrottledError
from local.isolated.refusals import json_refusal

EVENT = 256 * 1024
"""Bytes of an asynchronous invocation's payload, at most."""
RETRIES = (1.0, 2.0)
"""Seconds before an asynchronous invocation is tried again. Lambda waits minutes."""
PATH = "/2015-03-31/functions/"


class LambdaService:
    """`pools` by function name."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = pools
        self._later: set[asyncio.Task[None]] = set()

    async def play(self, call: Call) -> web.Response:
        name = call.request.path.removeprefix(PATH).removesuffix("/invocations")
        # A plain name, one with an alias, or an ARN with or without.
        pool = self._pools.get(name.rpartition("function:")[2].partition(":")[0])
        if call.request.method != "POST" or pool is None:
            return json_refusal(404, "ResourceNotFoundException", f"Function not found: {name}")
        kind = call.request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        request_id = str(uuid.uuid4())
        if kind == "Event":
            return self._accept(pool, call, request_id)
        if kind != "RequestResponse":
            return json_refusal(400, "InvalidParameterValueException", f"No such type: {kind}")
        if len(call.body) > PAYLOAD:
            return json_refusal(413, "RequestTooLargeException", f"More than {PAYLOAD} bytes")
        try:
            outcome = await pool.invoke(call.body or b"{}", request_id)
        except ThrottledError as error:
            return json_refusal(429, "TooManyRequestsException", str(error))
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": request_id}
        if outcome.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return web.Response(body=outcome.payload, headers=headers)

    def later(self, pool: Pool, payload: bytes, request_id: str) -> None:
        """Invoke once, and again as often as it fails and `RETRIES` allow."""
        task = asyncio.create_task(self._insist(pool, payload, request_id))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def stop(self) -> None:
        """Give up what is still to be tried."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    def _accept(self, pool: Pool, call: Call, request_id: str) -> web.Response:
        if len(call.body) > EVENT:
            return json_refusal(413, "RequestTooLargeException", f"More than {EVENT} bytes")
        self.later(pool, call.body or b"{}", request_id)
        return web.Response(status=202, headers={"x-amzn-RequestId": request_id})

    async def _insist(self, pool: Pool, payload: bytes, request_id: str) -> None:
        for wait in (*RETRIES, None):
            try:
                outcome = await pool.invoke(payload, request_id)
            except ThrottledError:
                kind = "throttled"
            else:
                if not outcome.failed:
                    return
                kind = outcome.kind
            if wait is None:
                fields = {"function": pool.function.name, "request_id": request_id, "kind": kind}
                warn("event given up", **fields)
            else:
                await asyncio.sleep(wait)
