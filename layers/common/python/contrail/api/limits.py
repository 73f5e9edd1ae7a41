"""Rate limits: which rules count a call, and the answer's headers about them.

One write per call, and none where nothing limits it. TEST_MODE lifts all. Who is not logged in is
counted by address; whole addresses are otherwise the firewall's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contrail.domain.instance import Instance
from contrail.ports.limits import Count, Rule
from contrail.shapes.caller import Caller
from contrail.shapes.errors import TooManyRequests
from contrail.shapes.rows import UNLIMITED, Limit, Page, Rest

VERSIONED = "v1/"
API = "API_Enable_Rate_Limiter"
BYPASS = "api-bypass-rate-limit"
CALLS, WINDOW = f"{API}_Limit_Calls_Default", f"{API}_Limit_Time_Default"
EVERY = Limit(CALLS, WINDOW)
DEFAULTS: dict[str, Any] = {API: True, CALLS: 10, WINDOW: 60_000}
"""For who looks the caller up later: reading the settings just for this would cost commands."""
DDP = "DDP_Rate_Limit"
OFTEN = 4
"""Times as many subs of a stream, and as many writes to it, as calls of a method, in as much more
time."""
SUB = "sub "
LOCAL = ("127.0.0.1", "::1")


def of_request(at: Instance, caller: Caller, row: Rest) -> Count | None:
    """Count a REST request; None where nothing limits it."""
    limit = row.limit or (EVERY if row.path.startswith(VERSIONED) else UNLIMITED)
    if at.environment.test_mode or limit is UNLIMITED:
        return None
    early = row.looks_up and at.caches.cold
    known = DEFAULTS if early else at.caches.snapshot.settings
    rule = _rule(f"{row.verb} {row.path}", limit, known)
    if rule is None or known.get(API) is not True or _lifted(at, caller, BYPASS, limit.unless):
        return None
    return at.limits.hit(caller.uid or caller.address, [rule])


def of_page(at: Instance, caller: Caller, row: Page) -> None:
    """Count a page by the address that asks. Raises `TooManyRequests`."""
    known = at.caches.snapshot.settings
    rule = _rule(f"{row.verb} {row.path}", row.limit, known)
    if at.environment.test_mode or rule is None or known.get(API) is not True:
        return
    count = at.limits.hit(caller.address, [rule])
    if count.wait:
        raise TooManyRequests(count.wait)


def headers(count: Count, row: Rest, at: Instance) -> dict[str, str]:
    """`reset` is a moment, in ms since 1970."""
    limit = row.limit or EVERY
    calls = _number(limit.calls, DEFAULTS if at.caches.cold else at.caches.snapshot.settings)
    moment = round(at.now().timestamp() * 1000) + count.resets
    return {
        "x-ratelimit-limit": str(calls),
        "x-ratelimit-remaining": str(count.left),
        "x-ratelimit-reset": str(moment),
    }


def of_method(at: Instance, caller: Caller, name: str, limit: Limit | None) -> None:
    """Count a method call, or a write to a stream. Raises `TooManyRequests`.

    A method with a limit of its own has none of those by name.
    """
    if at.environment.test_mode:
        return
    rules = _of_frames(at, caller, {"" if limit else name: 1})
    if limit is not None and not (limit.unless and at.allows(caller, limit.unless)):
        own = _rule(f"own {name}", limit, at.caches.snapshot.settings)
        rules += [own] if own else []
    _hit(at, caller, rules)


def of_subs(at: Instance, caller: Caller, names: Mapping[str, int]) -> None:
    """Count subs: of each publication so many, all or none. Raises `TooManyRequests`.

    Apart from what is written to a stream of the same name.
    """
    if not at.environment.test_mode:
        subs = {f"{SUB}{name}": counts for name, counts in names.items()}
        _hit(at, caller, _of_frames(at, caller, subs))


def of_unsub(at: Instance, caller: Caller) -> None:
    """Count the end of what is no sub, no call of anything by name. Raises `TooManyRequests`."""
    if not at.environment.test_mode:
        _hit(at, caller, _of_frames(at, caller, {"": 1}))


def _hit(at: Instance, caller: Caller, rules: list[Rule]) -> None:
    if rules:
        who = caller.uid or caller.address or caller.connection_id
        count = at.limits.hit(who, rules)
        if count.wait:
            raise TooManyRequests(count.wait)


def _of_frames(at: Instance, caller: Caller, names: Mapping[str, int]) -> list[Rule]:
    """The rules for so many calls by each name; those by name leave out an empty one."""
    here, total = f"connection {caller.connection_id}", sum(names.values())
    found: list[Rule | None] = []
    if caller.logged_in:
        found.append(_ddp(at, "User", "user", total))
        found += _by_name(at, "User_By_Method", "user", names)
    elif caller.address not in LOCAL:
        found.append(_ddp(at, "IP", "address", total))
    if caller.connection_id:
        found.append(_ddp(at, "Connection", here, total))
        found += _by_name(at, "Connection_By_Method", here, names)
    return [rule for rule in found if rule is not None]


def _by_name(at: Instance, kind: str, who: str, names: Mapping[str, int]) -> Iterator[Rule | None]:
    for name, counts in names.items():
        if name:
            times = OFTEN if name.removeprefix(SUB).startswith("stream-") else 1
            yield _ddp(at, kind, f"{who} {name}", counts, times)


def _ddp(at: Instance, kind: str, name: str, counts: int, times: int = 1) -> Rule | None:
    known = at.caches.snapshot.settings
    if known.get(f"{DDP}_{kind}_Enabled") is not True:
        return None
    calls = _number(f"{DDP}_{kind}_Requests_Allowed", known) * times
    window = _number(f"{DDP}_{kind}_Interval_Time", known) * times
    return Rule(name, calls, window, counts) if calls > 0 and window > 0 else None


def _rule(name: str, limit: Limit, known: dict[str, Any]) -> Rule | None:
    """None when the settings name no number: then there is no limit."""
    calls, window = _number(limit.calls, known), _number(limit.window, known)
    return Rule(name, calls, window) if calls > 0 and window > 0 else None


def _number(given: int | str, known: dict[str, Any]) -> int:
    value = known.get(given) if isinstance(given, str) else given
    return int(value) if isinstance(value, int | float) and value == value else 0


def _lifted(at: Instance, caller: Caller, *permissions: str) -> bool:
    return caller.logged_in and any(at.allows(caller, one) for one in permissions if one)
