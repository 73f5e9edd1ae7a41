"""Method calls as they reach the function that owns the method.

An rpc event is `{"method", "params", "caller"}`, `params` being EJSON text and `caller` the
session's Caller as JSON. The answer is `{"result": EJSON text}`, `{}` for void or `{"error": …}`
with DDP's error object; `match` beside it marks input of the wrong shape, which REST words in
its own way.
"""

from __future__ import annotations

from typing import Any

from contrail.api.inputs import parse
from contrail.api.limits import of_method
from contrail.api.resolve import UseCases
from contrail.api.twofactor import gate, with_argument
from contrail.api.values import fit
from contrail.ddp import ejson
from contrail.ddp.errors import INTERNAL, error_object, unknown_method
from contrail.domain.instance import Instance
from contrail.domain.sessions import authenticate_session
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, InvalidInput, NotLoggedIn
from contrail.shapes.logs import unexpected
from contrail.shapes.rows import Method, Table

Event = dict[str, Any]


class MethodDoor:
    def __init__(self, table: Table) -> None:
        self._rows = {row.name: row for row in table.methods}
        self._use_cases = UseCases(table.package)

    def handle(self, event: Event, at: Instance) -> Event:
        name = event["method"]
        row = self._rows.get(name)
        if row is None:
            return {"error": error_object(unknown_method(name))}
        try:
            result = self._run(row, event, at)
        except InvalidInput as error:
            return {"error": error_object(error), "match": error.text}
        except ChatError as error:
            return {"error": error_object(error)}
        except Exception:  # noqa: BLE001 - logged; the client learns nothing of it
            unexpected("method failed", method=name)
            return {"error": error_object(INTERNAL)}
        return {} if result is None else {"result": ejson.dumps(result)}

    def _run(self, row: Method, event: Event, at: Instance) -> Any:
        caller = self._authenticate(row, Caller.model_validate(event["caller"]), at)
        if not row.internal:
            # What a client called was counted where it called it.
            of_method(at, caller, row.name, row.limit)
        try:
            params = ejson.loads(event["params"])
        except ejson.EJSONError as error:
            raise InvalidInput(400, str(error)) from None
        use_case = self._use_cases[row.use_case]
        caller, params = with_argument(caller, params)
        data = parse(use_case.takes, _named(row, params), strict=True)
        gate(at, caller, row, data)
        return use_case.call(caller, data, at)

    def _authenticate(self, row: Method, session: Caller, at: Instance) -> Caller:
        if session.logged_in:
            return authenticate_session(at, session)
        if not row.public:
            raise NotLoggedIn
        if not row.looks_up:
            at.caches.refresh()
        return session


def _named(row: Method, params: Any) -> dict[str, Any]:
    """Positional arguments by name. Trailing extras are dropped: clients add them."""
    if not isinstance(params, list):
        raise InvalidInput(400, "Expected an array of arguments")
    named = zip(row.params, params, strict=False)
    return {name: fit(value) for name, value in named if value is not None}
