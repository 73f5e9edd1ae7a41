"""The entry point of every function: the only place that sees a raw event."""

from __future__ import annotations

import os
import threading
import uuid
from typing import Any

from contrail.api import envelopes
from contrail.api.batches import BatchDoor
from contrail.api.fitting import fitted
from contrail.api.inputs import parse
from contrail.api.methods import MethodDoor
from contrail.api.origin import anonymous
from contrail.api.pages import PageDoor
from contrail.api.provide import log_to_stdout, provide
from contrail.api.resolve import UseCases
from contrail.api.rest import RestDoor
from contrail.api.tasks import TaskDoor
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Forbidden
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import correlated
from contrail.shapes.rows import Table

Event = dict[str, Any]


class Entry:
    """A function's handler. `on(instance)` gives the same handler, bound to what it runs in.

    One that nobody has bound makes its instance of the process's environment on its first call.
    """

    def __init__(self, table: Table, instance: Instance | None = None) -> None:
        self.table = table
        self.instance = instance
        self._providing = threading.Lock()
        self._rest = RestDoor(table)
        self._pages = PageDoor(table)
        self._methods = MethodDoor(table)
        self._tasks = TaskDoor(table)
        self._batches = BatchDoor(table)
        self._schedules = {row.name: row.use_case for row in table.schedules}
        self._sockets = {row.key: row.use_case for row in table.sockets}
        self._use_cases = UseCases(table.package)

    def on(self, instance: Instance) -> Entry:
        return Entry(self.table, instance)

    def __call__(self, event: Event, context: object = None) -> Event:  # noqa: ARG002
        if "RequestType" in event:
            return self._tasks.report(event, self._at)
        at = self._at()
        if "Records" in event:
            return self._batches.handle(event, at)
        if "method" in event and "caller" in event:
            with correlated(event["caller"].get("correlation_id", "")):
                return self._methods.handle(event, at)
        if "schedule" in event:
            return self._scheduled(event, at)
        if "task" in event:
            return self._tasks.handle(event["task"], at)
        try:
            request = anonymous(event, at)
        except Forbidden as error:
            return envelopes.failure(error)
        with correlated(request.correlation_id):
            if "routeKey" in event.get("requestContext", {}):
                return self._socket(event, request, at)
            page = self._pages.handle(event, request, at)
            return page or fitted(event, self._rest.handle(event, request, at))

    def _at(self) -> Instance:
        return self.instance or self._provided()

    def _provided(self) -> Instance:
        """Raises `NotConfiguredError`; the next call tries again."""
        with self._providing:
            if self.instance is None:
                log_to_stdout()
                self.instance = provide(os.environ, {self.table.service: self})
            return self.instance

    def _scheduled(self, event: Event, at: Instance) -> Event:
        use_case = self._use_cases[self._schedules[event["schedule"]]]
        clock = Caller(correlation_id=str(uuid.uuid4()))
        with correlated(clock.correlation_id):
            use_case.call(clock, parse(use_case.takes, event, strict=True), at)
        return {}

    def _socket(self, event: Event, request: Caller, at: Instance) -> Event:
        context = event["requestContext"]
        if context.get("eventType") != "CONNECT":
            # A client's frame can name any route, this one too.
            return {"statusCode": 400}
        use_case = self._use_cases[self._sockets[context["routeKey"]]]
        use_case.call(request, NoInput(), at)
        return {"statusCode": 200}


def entry(table: Table) -> Entry:
    return Entry(table)
