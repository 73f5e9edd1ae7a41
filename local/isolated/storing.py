"""Requests to S3, as the plane sees them: what they are called and whose key signed them.

Who calls with an address that a function has signed acts in that function's name.
"""

from __future__ import annotations

import re

from aiohttp import web

SIGNED = re.compile(r"Credential=([^/,]+)/\d{8}/[^/]+/s3/aws4_request")
"""In the header, or in an address."""
BUCKETS_OWN = {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket"}
OBJECTS = {
    "GET": "GetObject",
    "HEAD": "HeadObject",
    "PUT": "PutObject",
    "DELETE": "DeleteObject",
}


def caller_of(request: web.Request) -> str:
    """The id of the key; empty for a request that is not signed."""
    found = SIGNED.search(request.headers.get("Authorization", "")) or SIGNED.search(
        _query(request)
    )
    return found[1] if found else ""


def operation_of(request: web.Request) -> str:
    """The operation's name in S3; empty for requests to anything else, and for preflights' None."""
    preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if preflight:
        return "Preflight"
    if not caller_of(request):
        return ""
    if request.method == "POST" and "delete" in request.query:
        return "DeleteObjects"
    if "x-amz-copy-source" in request.headers:
        return "CopyObject"
    whole = "/" not in request.path.strip("/")
    return (BUCKETS_OWN if whole else OBJECTS).get(request.method, request.method)


def _query(request: web.Request) -> str:
    given = request.query.get("X-Amz-Credential", "")
    return f"Credential={given}" if given else ""
