"""The method registry: what is known of every DDP method without asking its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Registered:
    """`key` is where in the params the value stands that makes a call repeatable, if it is there.

    `("0", "_id")` is the field `_id` of the first argument. `internal` ones only services call.
    """

    service: str
    public: bool = False
    idempotent: bool = False
    key: tuple[str, ...] = ()
    internal: bool = False

    def repeatable(self, params: list[Any]) -> bool:
        """Whether this call may run a second time without doing more than it did."""
        return self.idempotent or (bool(self.key) and _at(params, self.key) is not None)


Registry = Mapping[str, Registered]


def for_clients(registry: Registry, name: str) -> Registered | None:
    """None for a method that does not exist, and alike for one that only services call."""
    known = registry.get(name)
    return None if known is None or known.internal else known


def dump(registry: Registry) -> bytes:
    rows = {name: asdict(row) for name, row in sorted(registry.items())}
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2)


def load(text: bytes) -> Registry:
    rows = orjson.loads(text)
    return {name: Registered(**{**row, "key": tuple(row["key"])}) for name, row in rows.items()}


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value
