"""Everything of AWS on one port of the loopback interface: who calls is known by their key's id.

Lambda, SNS, SQS and the connections' management API are played here; files are passed on to their
store, which judges signatures, and whatever else to moto, where nobody does. A key that belongs to
no function is refused. Clients come here with signed addresses of files.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from local.isolated.calls import Calls
from local.isolated.refusals import json_refusal, xml_refusal
from local.isolated.storing import caller_of, operation_of
from local.passing import Passing

LARGEST = 8 * 1024 * 1024
"""Bytes of a request: Lambda's 6 MB and what is around them."""
CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d{8}/[^/]+/([^/]+)/aws4_request")
HOP_BY_HOP = {"connection", "host", "keep-alive", "content-length", "transfer-encoding"}
CONNECTIONS = "execute-api"
SENDING = ("ses", "/v2/email/outbound-emails")
"""SES, and where a letter is posted to it."""
MANAGEMENT = {
    "POST": "PostToConnection",
    "GET": "GetConnection",
    "DELETE": "DeleteConnection",
}
PATIENCE = 30.0
"""Seconds that moto may take."""

Service = Callable[["Call"], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a function's: `service` and `operation` in AWS's names, `form` of queries."""

    function: str
    service: str
    operation: str
    request: web.Request
    body: bytes
    form: Mapping[str, str]


CALL = web.RequestKey("call", Call)


class Plane:
    """`services` plays by name, `moto` and `files` are addresses; `management` sees to sockets."""

    def __init__(
        self,
        *,
        functions: set[str],
        services: Mapping[str, Service],
        management: list[web.RouteDef],
        moto: str,
        files: str,
        calls: Calls,
    ) -> None:
        self._functions = functions
        self._services = services
        self._moto = moto
        self._files = Passing(files)
        self._calls = calls
        self._http: ClientSession | None = None
        self._management = management
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application(client_max_size=LARGEST, middlewares=[self._note])
        app.cleanup_ctx.append(self._files.opened)
        app.add_routes(self._management)
        app.router.add_route("*", "/{path:.*}", self._dispatch)
        self._http = ClientSession(timeout=ClientTimeout(total=PATIENCE), auto_decompress=False)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    @web.middleware
    async def _note(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        if operation := operation_of(request):
            return await self._store(request, operation)
        found = CREDENTIAL.search(request.headers.get("Authorization", ""))
        if found is None or found[1] not in self._functions:
            refuse = xml_refusal if _is_form(request) else json_refusal
            return refuse(403, "UnrecognizedClientException", "This key belongs to no function")
        service = found[2]
        body = await request.read()
        form = dict(parse_qsl(body.decode())) if _is_form(request) else {}
        operation = _operation(request, service, form)
        call = request[CALL] = Call(found[1], service, operation, request, body, form)
        self._calls.note(call.function, f"{service}:{operation}")
        return await handler(request)

    async def _store(self, request: web.Request, operation: str) -> web.StreamResponse:
        function = caller_of(request)
        if function in self._functions:
            self._calls.note(function, f"s3:{operation}")
        return await self._files.pass_on(request, request.host)

    async def _dispatch(self, request: web.Request) -> web.Response:
        call = request[CALL]
        play = self._services.get(call.service)
        return await (play(call) if play else self._pass_on(call))

    async def _pass_on(self, call: Call) -> web.Response:
        request, headers = call.request, call.request.headers
        assert self._http is not None
        try:
            async with self._http.request(
                request.method,
                self._moto + request.raw_path,
                data=call.body,
                headers=[(k, v) for k, v in headers.items() if k.lower() not in HOP_BY_HOP],
            ) as answer:
                body = await answer.read()
                kept = [(k, v) for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP]
        except (ClientError, TimeoutError) as error:
            return json_refusal(503, "ServiceUnavailable", type(error).__name__)
        return web.Response(status=answer.status, body=body, headers=kept)


def _is_form(request: web.Request) -> bool:
    return request.content_type == "application/x-www-form-urlencoded"


def _operation(request: web.Request, service: str, form: Mapping[str, str]) -> str:
    target = request.headers.get("X-Amz-Target", "")
    if target:
        return target.rsplit(".", 1)[-1]
    if service == CONNECTIONS:
        return MANAGEMENT.get(request.method, request.method)
    if (service, request.path) == SENDING:
        return "SendEmail"
    return "Invoke" if service == "lambda" else form.get("Action", request.method)
