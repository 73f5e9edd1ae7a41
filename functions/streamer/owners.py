"""Asking the function that owns a method."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson
from contrail.ddp.errors import error_object, unknown_method
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.registry import for_clients
from functions.streamer import writing

PATIENCE = 25_000
"""Milliseconds a method's owner may take: less than the streamer itself has."""
WRITES = "stream-"
Outcome = dict[str, Any]


def call(caller: Caller, name: str, params: list[Any], at: Instance) -> Outcome:
    """Ask the method's owner: `{"result": EJSON text}`, `{}` or `{"error": …}`."""
    if name.startswith(WRITES):
        writing.write(caller, name, params, at)
        return {}
    known = for_clients(at.methods, name)
    if known is None:
        return {"error": error_object(unknown_method(name))}
    return ask(caller, known.service, name, params, at)


def ask(caller: Caller, service: str, name: str, params: list[Any], at: Instance) -> Outcome:
    """The same of a service whose method this is, internal ones included."""
    event = {
        "method": name,
        "params": ejson.dumps(params),
        "caller": caller.model_dump(),
        "deadline": int(at.now().timestamp() * 1000) + PATIENCE,
    }
    return at.rpc.call(service, event)
