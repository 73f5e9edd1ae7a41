"""One service calls a method of another."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

PATIENCE = 20_000
"""Milliseconds that the owner may take: less than the function that asks has."""


def call(at: Instance, caller: Caller, method: str, *params: Any) -> Any:
    """What a DDP method answers the caller, None for void. Its refusal is raised again."""
    return answered(ask(at, caller, at.methods[method].service, method, *params))


def ask(
    at: Instance,
    caller: Caller,
    service: str,
    method: str,
    *params: Any,
    patience: int = PATIENCE,
) -> Document:
    """The outcome of a method: `{result}` or `{error}`, or neither."""
    event = {
        "method": method,
        "params": ejson.dumps(list(params)),
        "caller": caller.model_dump(),
        "deadline": int(at.now().timestamp() * 1000) + patience,
    }
    return at.rpc.call(service, event)


def answered(outcome: Document) -> Any:
    error = outcome.get("error")
    if error:
        raise ChatError(error["error"], error.get("reason", ""), error.get("details"))
    return ejson.loads(outcome["result"]) if "result" in outcome else None
