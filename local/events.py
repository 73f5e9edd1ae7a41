"""Events in API Gateway's shapes."""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any

from aiohttp import web

Event = dict[str, Any]


def rest_event(request: web.Request, path: str, body: bytes) -> Event:
    """A REST API proxy event (payload format 1.0)."""
    multi_headers: dict[str, list[str]] = {}
    for key, value in request.headers.items():
        multi_headers.setdefault(key, []).append(value)
    multi_query: dict[str, list[str]] = {}
    for key, value in request.rel_url.query.items():
        multi_query.setdefault(key, []).append(value)
    text, encoded = _body(body)
    service = path.split("/")[1]
    return {
        "resource": f"/{service}/{{proxy+}}",
        "path": path,
        "httpMethod": request.method,
        "headers": {key: values[-1] for key, values in multi_headers.items()},
        "multiValueHeaders": multi_headers,
        "queryStringParameters": {k: v[-1] for k, v in multi_query.items()} or None,
        "multiValueQueryStringParameters": multi_query or None,
        "pathParameters": {"proxy": path.split("/", 2)[-1]},
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "httpMethod": request.method,
            "path": f"/api{path}",
            "resourcePath": f"/{service}/{{proxy+}}",
            "stage": "api",
            "requestTimeEpoch": int(time.time() * 1000),
            "identity": {
                "sourceIp": request.remote or "",
                "userAgent": request.headers.get("User-Agent", ""),
            },
        },
        "body": text,
        "isBase64Encoded": encoded,
    }


def _body(body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def connect_event(request: web.Request, connection_id: str) -> Event:
    """A WebSocket API `$connect` event."""
    return {
        "headers": dict(request.headers),
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "connectionId": connection_id,
            "requestId": str(uuid.uuid4()),
            "requestTimeEpoch": int(time.time() * 1000),
            "stage": "websocket",
            "identity": {
                "sourceIp": request.remote or "",
                "userAgent": request.headers.get("User-Agent", ""),
            },
        },
        "isBase64Encoded": False,
    }
