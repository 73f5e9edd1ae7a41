"""API Gateway's management API in front of the local sockets: `/@connections/<id>`.

Whoever can reach it may write to every client: it belongs on a port of its own on the loopback
interface, never on the one that clients use.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus

import orjson
from aiohttp import web

from local.hostile import Hostile
from local.sockets import GOING_AWAY, LocalSockets, Socket, framed

MESSAGE = 128 * 1024
"""Bytes of a message, at most."""
_ERRORS = {
    HTTPStatus.BAD_REQUEST: "BadRequestException",
    HTTPStatus.GONE: "GoneException",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "PayloadTooLargeException",
    HTTPStatus.TOO_MANY_REQUESTS: "LimitExceededException",
}


def routes(sockets: LocalSockets, hostile: Hostile | None = None) -> list[web.RouteDef]:
    """For an application on the sockets' event loop; below a stage's prefix and without one.

    POST answers 200, GET 200 and JSON, DELETE 204; 410 is for connections that are gone and for
    those whose `$connect` has not returned, 413 for more than 128 KB.
    """
    api = _Management(sockets, hostile)
    return [
        web.route(verb, f"{prefix}/@connections/{{id}}", handler)
        for prefix in ("", "/{stage}")
        for verb, handler in (("POST", api.post), ("GET", api.get), ("DELETE", api.delete))
    ]


class _Management:
    def __init__(self, sockets: LocalSockets, hostile: Hostile | None) -> None:
        self._sockets = sockets
        self._hostile = hostile

    async def post(self, request: web.Request) -> web.StreamResponse:
        connection_id = request.match_info["id"]
        if (request.content_length or 0) > MESSAGE:
            return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = await request.read()
        if len(body) > MESSAGE:
            return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self._hostile and self._hostile.throttles(connection_id):
            return _refuse(HTTPStatus.TOO_MANY_REQUESTS)
        socket = self._open(connection_id)
        if socket is None:
            return _refuse(HTTPStatus.GONE)
        try:
            socket.push(framed(body.decode()))
        except UnicodeDecodeError:
            return _refuse(HTTPStatus.BAD_REQUEST)
        if self._hostile and self._hostile.resets(connection_id) and request.transport:
            # The frame is on its way, and its sender will not know.
            request.transport.write(b"HTTP/1.1 2")
            request.transport.abort()
        return web.Response()

    async def get(self, request: web.Request) -> web.Response:
        socket = self._open(request.match_info["id"])
        if socket is None:
            return _refuse(HTTPStatus.GONE)
        silent = time.monotonic() - socket.active_at
        facts = {
            "connectedAt": _timestamp(socket.connected_at),
            "identity": dict(socket.identity),
            "lastActiveAt": _timestamp(time.time() - silent),
        }
        return web.Response(body=orjson.dumps(facts), content_type="application/json")

    async def delete(self, request: web.Request) -> web.Response:
        socket = self._open(request.match_info["id"])
        if socket is None:
            return _refuse(HTTPStatus.GONE)
        socket.end(GOING_AWAY)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _open(self, connection_id: str) -> Socket | None:
        socket = self._sockets.find(connection_id)
        return socket if socket and socket.opened and not socket.ended.is_set() else None


def _timestamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refuse(status: HTTPStatus) -> web.Response:
    body = orjson.dumps({"message": status.phrase})
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": _ERRORS[status]}
    return web.Response(status=status, body=body, headers=headers)
