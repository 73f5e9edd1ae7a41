"""Tasks of whoever deploys: invoked by name, or as a custom resource of CloudFormation's.

A custom resource has the task's name in its property `Task`. Its outcome is put to the address that
came with the request: without an answer the stack would wait for it in vain, so there is one
whatever happens. What the task returns are the resource's attributes.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

import orjson

from contrail.api.provide import NotConfiguredError
from contrail.api.resolve import UseCases
from contrail.domain.instance import Instance
from contrail.ports.http.addresses import Allowed
from contrail.ports.http.web import HttpWeb
from contrail.ports.web import Bounds, Request, WebError
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import correlated, unexpected
from contrail.shapes.rows import Table

Event = dict[str, Any]
TRIES = 3
REASON = 1000
"""Characters of a reason, of the 4 KB that an answer may have."""
BOUNDS = Bounds(seconds=20)


class TaskDoor:
    def __init__(self, table: Table) -> None:
        self._service = table.service
        self._rows = {row.name: row.use_case for row in table.tasks}
        self._use_cases = UseCases(table.package)

    def handle(self, name: str, at: Instance) -> Event:
        """What the task returns. Raises `KeyError` for one that does not exist."""
        whoever = Caller(correlation_id=str(uuid.uuid4()))
        with correlated(whoever.correlation_id):
            done: Event = self._use_cases[self._rows[name]].call(whoever, NoInput(), at)
        return done

    def report(self, event: Event, instance: Callable[[], Instance]) -> Event:
        """Do it and answer CloudFormation. Raises `WebError` where that cannot be reached."""
        outcome: Event = {"Status": "SUCCESS"}
        # Whatever was made stays: the data outlives the stack that brought it up to date.
        if event["RequestType"] != "Delete":
            try:
                done = self.handle(event["ResourceProperties"]["Task"], instance())
                outcome["Data"] = {name: str(value) for name, value in done.items()}
            except Exception as error:  # noqa: BLE001 - logged; the stack has to be told
                unexpected("task failed", service=self._service)
                outcome = {"Status": "FAILED", "Reason": _reason(error)}
        _answer(event, outcome)
        return {}


def _reason(error: Exception) -> str:
    """In words where they are for people; others' may quote what is nobody's business."""
    if isinstance(error, ValueError | NotConfiguredError):
        return str(error)[:REASON]
    return f"{type(error).__name__}: the function's log says more"


def _answer(event: Event, outcome: Event) -> None:
    which = ("StackId", "RequestId", "LogicalResourceId")
    answer = {
        # Another id than before would have CloudFormation delete what is the same resource.
        "PhysicalResourceId": event.get("PhysicalResourceId") or event["LogicalResourceId"],
        **{name: event[name] for name in which},
        "NoEcho": True,
        **outcome,
    }
    request = Request(event["ResponseURL"], "PUT", body=orjson.dumps(answer), bounds=BOUNDS)
    web = HttpWeb(Allowed.read(os.environ.get("ALLOWED_PRIVATE_HOSTS", "")))
    for last in (*[False] * (TRIES - 1), True):
        try:
            if web.request(request).status < 300:
                return
        except WebError:
            if last:
                raise
    raise WebError("CloudFormation did not take the answer")
