"""Pages: paths at the root of the site, whose use cases answer in HTTP's own terms."""

from __future__ import annotations

import time
from typing import Any

from contrail.api import envelopes, limits
from contrail.api.inputs import parse
from contrail.api.origin import header
from contrail.api.replies import answer
from contrail.api.resolve import UseCases
from contrail.api.rest import body_of, query_of
from contrail.api.router import Router
from contrail.api.showing import caller_of, visiting
from contrail.api.values import fit
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Authorized, Headed, Visited, Visiting
from contrail.shapes.logs import note, unexpected
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Page, Table

Event = dict[str, Any]


class PageDoor:
    def __init__(self, table: Table) -> None:
        self._router = Router(table.service, table.pages)
        self._use_cases = UseCases(table.package)

    def handle(self, event: Event, request: Caller, at: Instance) -> Event | None:
        """The answer to a REST proxy event; None when no page has its path. Raises nothing."""
        started = time.perf_counter()
        # Whoever asks for the head of a page asks for the page, and gets no more of it.
        head = event["httpMethod"] == "HEAD"
        found = self._router.find("GET" if head else event["httpMethod"], event["path"])
        if found is None:
            return None
        if found.row is None:
            return envelopes.method_not_allowed()
        try:
            caller = _caller(found.row, event, request, at)
            limits.of_page(at, request, found.row)
            response = answer(self._run(found.row, found.parameters, event, caller, at))
        except ChatError as error:
            response = envelopes.failure(error)
        except Exception:  # noqa: BLE001 - logged; the client learns nothing of it
            unexpected("page failed", path=found.row.path)
            response = envelopes.broken()
        spent = round((time.perf_counter() - started) * 1000, 1)
        note("request", path=found.row.path, status=response["statusCode"], ms=spent)
        return {**response, "body": "", "isBase64Encoded": False} if head else response

    def _run(
        self, row: Page, parameters: dict[str, str], event: Event, caller: Caller, at: Instance
    ) -> Reply:
        """What the path says goes before the body, and the body before the query."""
        use_case = self._use_cases[row.use_case]
        body = body_of(event) if row.verb == "POST" else {}
        given = {**fit(query_of(event)), **fit(body), **fit(parameters)}
        if issubclass(use_case.takes, Authorized):
            given["authorization"] = header(event, "authorization")
        if issubclass(use_case.takes, Headed):
            given["head"] = event["httpMethod"] == "HEAD"
        if issubclass(use_case.takes, Visiting):
            given |= visiting(event)
        if issubclass(use_case.takes, Visited):
            given["if_none_match"] = header(event, "if-none-match")
            given["if_modified_since"] = header(event, "if-modified-since")
        reply: Reply = use_case.call(caller, parse(use_case.takes, given, strict=True), at)
        return reply


def _caller(row: Page, event: Event, request: Caller, at: Instance) -> Caller:
    if row.knows:
        return caller_of(event, request, at)
    at.caches.refresh()
    return request
