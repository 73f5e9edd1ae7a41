"""Events and answers in API Gateway's shapes."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp import web
from multidict import CIMultiDict

Event = dict[str, Any]
BINARY = ("multipart/form-data",)
"""What comes as base64 whatever is in it: the REST API's binary media types."""
NOBODY = dict.fromkeys(
    "accessKey accountId caller cognitoAuthenticationProvider cognitoAuthenticationType "
    "cognitoIdentityId cognitoIdentityPoolId principalOrgId user userArn".split()
)


def rest_event(request: web.Request, path: str, body: bytes) -> Event:
    """A REST API proxy event (payload format 1.0)."""
    headers, query = _lists(request.headers), _lists(request.rel_url.query)
    text, encoded = _body(body, request.content_type)
    _, service, proxy = path.split("/", 2)
    resource = f"/{service}/{{proxy+}}"
    return {
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": unquote(proxy)},
        "stageVariables": None,
        "requestContext": {
            **_context(request, "api"),
            "accountId": "000000000000",
            "domainPrefix": "local",
            "httpMethod": request.method,
            "identity": {**NOBODY, **_identity(request)},
            "path": f"/api{path}",
            "protocol": "HTTP/1.1",
            "resourceId": service,
            "resourcePath": resource,
        },
        "body": text,
        "isBase64Encoded": encoded,
    }


def connect_event(request: web.Request, connection_id: str) -> Event:
    """A WebSocket API `$connect` event."""
    headers, query = _lists(request.headers), _lists(request.rel_url.query)
    context = _context(request, "websocket")
    event: Event = {
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "requestContext": {
            **context,
            "connectedAt": context["requestTimeEpoch"],
            "connectionId": connection_id,
            "eventType": "CONNECT",
            "identity": _identity(request),
            "messageDirection": "IN",
            "routeKey": "$connect",
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = _last(query)
        event["multiValueQueryStringParameters"] = query
    return event


def size_of(event: Event, body: int, limit: int) -> int:
    """Bytes of the event, or an answer, as JSON: what a function's payload limit counts.

    Escapes make a body at most six times as long: it is measured only where that could matter.
    """
    return body if body * 6 < limit // 2 else len(orjson.dumps(event))


def web_response(answer: Event) -> web.Response:
    """The response to a function's proxy answer. Raises for an answer that is none."""
    headers: CIMultiDict[str] = CIMultiDict(answer.get("headers") or {})
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers.popall(name, None)
        headers.extend((name, value) for value in values)
    text = answer.get("body") or ""
    body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    return web.Response(status=answer["statusCode"], headers=headers, body=body)


def _context(request: web.Request, stage: str) -> Event:
    """What both kinds of events say of their request."""
    now = time.time()
    return {
        "apiId": "local",
        "domainName": request.host,
        "extendedRequestId": uuid.uuid4().hex[:15] + "=",
        "requestId": str(uuid.uuid4()),
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S %z"),
        "requestTimeEpoch": int(now * 1000),
        "stage": stage,
    }


def _identity(request: web.Request) -> Event:
    """The address of the peer: whoever calls may write what they like into a header."""
    return {
        "sourceIp": request.remote or "",
        "userAgent": request.headers.get("User-Agent", ""),
    }


def _lists(pairs: Mapping[str, str]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for key, value in pairs.items():
        lists.setdefault(str(key), []).append(value)
    return lists


def _last(lists: dict[str, list[str]]) -> dict[str, str]:
    return {key: values[-1] for key, values in lists.items()}


def _body(body: bytes, media_type: str) -> tuple[str | None, bool]:
    if not body:
        return None, False
    if media_type in BINARY:
        return base64.b64encode(body).decode(), True
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True
