"""The gate of rows with a second factor: where clients put its code, on REST and on DDP."""

from __future__ import annotations

from typing import Any

from contrail.api.origin import header
from contrail.domain import twofactor
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller, Proof
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Method, Rest

CODE, METHOD = "twoFactorCode", "twoFactorMethod"


def with_headers(caller: Caller, event: dict[str, Any]) -> Caller:
    """REST: `x-2fa-code` and `x-2fa-method`. `method.call` hands them on with the caller."""
    code = header(event, "x-2fa-code")
    if not code:
        return caller
    proof = Proof(code=code, method=header(event, "x-2fa-method"))
    return caller.model_copy(update={"proof": proof})


def with_argument(caller: Caller, params: Any) -> tuple[Caller, Any]:
    """DDP: the last argument is it, where it has both keys; the method itself does not get it."""
    if not isinstance(params, list) or not params:
        return caller, params
    last = params[-1]
    if not isinstance(last, dict):
        return caller, params
    code, method = last.get(CODE), last.get(METHOD)
    if not isinstance(code, str) or not isinstance(method, str):
        return caller, params
    proof = Proof(code=code, method=method)
    return caller.model_copy(update={"proof": proof}), params[:-1]


def gate(at: Instance, caller: Caller, row: Rest | Method, data: Input) -> None:
    """Raises `totp-required` or `totp-invalid`. Input of the wrong shape was refused before."""
    rule = row.two_factor
    if rule is None or not (caller.logged_in and _concerns(data, rule.when)):
        return
    twofactor.demand(at, caller, rule)


def _concerns(data: Input, fields: tuple[str, ...]) -> bool:
    return not fields or any(_given(data, field.split(".")) for field in fields)


def _given(value: object, path: list[str]) -> bool:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value not in (None, "")
