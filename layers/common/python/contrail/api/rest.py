"""REST requests: match, authenticate, limit, permission, parse, use case, envelope."""

from __future__ import annotations

import base64
import re
import time
from typing import Any
from urllib.parse import parse_qs

from contrail.api import envelopes, limits
from contrail.api.inputs import parse
from contrail.api.origin import header
from contrail.api.paging import page
from contrail.api.replies import answer
from contrail.api.resolve import UseCases
from contrail.api.router import Router
from contrail.api.twofactor import gate, with_headers
from contrail.api.values import fit
from contrail.domain import oauth_grants
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate
from contrail.shapes.caller import Caller
from contrail.shapes.errors import (
    ChatError,
    InvalidInput,
    NotLoggedIn,
    PermissionMissing,
    TooManyRequests,
)
from contrail.shapes.inputs import Input, Listed, Multipart, OwnToken
from contrail.shapes.logs import note, unexpected
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Listing, Rest, Table
from contrail.shapes.wirejson import decode

Event = dict[str, Any]
PLACED = re.compile(r"(.+)\[\d{0,3}\]", re.ASCII)


class RestDoor:
    def __init__(self, table: Table) -> None:
        self._router = Router(table.service, table.rest)
        self._use_cases = UseCases(table.package)

    def handle(self, event: Event, request: Caller, at: Instance) -> Event:
        """An API Gateway REST proxy event -> its response. Nothing escapes as an exception."""
        started = time.perf_counter()
        found = self._router.find(event["httpMethod"], event["path"])
        if found is None:
            return envelopes.not_found()
        if found.row is None:
            return envelopes.method_not_allowed()
        quota: dict[str, str] = {}
        try:
            caller = self._authenticate(found.row, event, request, at)
            count = limits.of_request(at, caller, found.row)
            if count is not None:
                quota = limits.headers(count, found.row, at)
                if count.wait:
                    raise TooManyRequests(count.wait)
            result = self._run(found.row, found.parameters, event, caller, at)
            whole = isinstance(result, Reply)
            response = answer(result) if whole else envelopes.success(found.row, result)
        except ChatError as error:
            response = envelopes.failure(error)
        except Exception:  # noqa: BLE001 - logged; the client learns nothing of it
            unexpected("request failed", path=found.row.path)
            response = envelopes.broken()
        response["headers"] |= quota
        spent = round((time.perf_counter() - started) * 1000, 1)
        note("request", path=found.row.path, status=response["statusCode"], ms=spent)
        return response

    def _run(
        self, row: Rest, parameters: dict[str, str], event: Event, caller: Caller, at: Instance
    ) -> Any:
        if not all(at.allows(caller, permission) for permission in row.permissions):
            raise PermissionMissing
        use_case = self._use_cases[row.use_case]
        strict = row.verb != "GET"
        # Fitted apart: what the path says takes the place of what may be unfit.
        given = {**_given(event, use_case.takes, strict=strict), **fit(parameters)}
        if issubclass(use_case.takes, Listed):
            given = {**given, **page(at, row.listing or Listing(), given)}
            strict = False
        if issubclass(use_case.takes, OwnToken):
            given = {**given, "authToken": header(event, "x-auth-token")}
        data = parse(use_case.takes, given, strict=strict)
        gate(at, caller, row, data)
        return use_case.call(caller, data, at)

    def _authenticate(self, row: Rest, event: Event, request: Caller, at: Instance) -> Caller:
        uid, token = header(event, "x-user-id"), header(event, "x-auth-token")
        bearer = "" if uid or token else _bearer(event)
        if row.public and not ((uid and token) or bearer):
            return _nobody(row, request, at)
        try:
            if bearer:
                return oauth_grants.authenticate(at, bearer, with_headers(request, event))
            return authenticate(at, uid, token, with_headers(request, event))
        except NotLoggedIn:
            if not row.public:
                raise
            return _nobody(row, request, at)


def _given(event: Event, takes: type[Input], *, strict: bool) -> dict[str, Any]:
    """Of the body, or where types are not `strict`, of the query."""
    if not issubclass(takes, Multipart):
        return dict(fit(body_of(event) if strict else query_of(event)))
    kind = header(event, "content-type")
    if not kind.lower().startswith("multipart/"):
        return {**fit(body_of(event)), "sent": b"", "content_type": ""}
    return {"sent": raw_body_of(event), "content_type": kind}


def _nobody(row: Rest, request: Caller, at: Instance) -> Caller:
    if not row.looks_up:
        at.caches.refresh()
    return request


def _bearer(event: Event) -> str:
    """The access token of an OAuth app: of the header, or of the query as older apps have it."""
    scheme, _, token = header(event, "authorization").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    given = (event.get("multiValueQueryStringParameters") or {}).get("access_token") or [""]
    return str(given[0]) if len(given) == 1 else ""


def query_of(event: Event) -> dict[str, Any]:
    """`key[]`, `key[0]` and a `key` that comes more than once make a list."""
    given: dict[str, Any] = {}
    lists: dict[str, list[str]] = {}
    for key, values in (event.get("multiValueQueryStringParameters") or {}).items():
        listed = PLACED.fullmatch(key)
        if listed or len(values) > 1:
            lists.setdefault(listed[1] if listed else key, []).extend(values)
        else:
            given[key] = values[0]
    return {**given, **lists}


def raw_body_of(event: Event) -> bytes:
    """Raises `InvalidInput` for what is said to be base64 and is none."""
    raw: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return raw.encode(errors="replace")
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        raise InvalidInput("invalid-params", "must be base64") from None


def body_of(event: Event) -> dict[str, Any]:
    """Of JSON or of a form. Raises `InvalidInput`."""
    raw: str | bytes = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            raw = base64.b64decode(raw, validate=True)
        if not raw:
            return {}
        if "application/x-www-form-urlencoded" in header(event, "content-type").lower():
            form = raw.decode() if isinstance(raw, bytes) else raw
            return {key: values[-1] for key, values in parse_qs(form).items()}
        value = decode(raw)
    except ValueError:
        raise InvalidInput("invalid-params", "must be valid JSON") from None
    if not isinstance(value, dict):
        raise InvalidInput("invalid-params", "must be object")
    return value
