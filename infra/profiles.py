"""What of the topology is deployed in a profile: all apart, or as little as can be idle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from infra.topology import CORE, FUNCTIONS, QUEUES, TASKS, TOGETHER, Function, Queue

Name = Literal["idle", "prod"]
CORE_NAME = "core"


@dataclass(frozen=True, slots=True)
class Topology:
    """`carried` has by queue the one on which its items travel, where that is another."""

    functions: tuple[Function, ...]
    queues: tuple[Queue, ...]
    carried: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def carrier(self, queue: str) -> str:
        return self.carried.get(queue, queue)

    def answering(self) -> dict[str, Function]:
        """Service -> the function that answers its rows, methods and schedules."""
        return {
            service: function
            for function in self.functions
            if function.rest
            for service in function.services
        }

    def addresses(self) -> dict[str, str]:
        """Every queue that things are sent to -> the one that is polled for it."""
        return {**{one.name: one.name for one in self.queues}, **self.carried}


def _shared() -> Topology:
    carried = {name: carrier for carrier, names in TOGETHER.items() for name in names}
    sharing = [one for one in FUNCTIONS if one.rest and one.service in CORE]
    rest = [one for one in FUNCTIONS if one not in sharing]
    functions = [_consuming(one, carried) for one in (_core(sharing), *rest)]
    queues = [one for one in (*QUEUES, TASKS) if one.name not in carried]
    return Topology(tuple(functions), tuple(queues), MappingProxyType(carried))


def _core(sharing: Iterable[Function]) -> Function:
    """May do what each of them may, and wants as much as the one that wants most.

    What they ask of each other stays within the function.
    """
    ones = list(sharing)
    inside = {f"{one.service}:invoke" for one in ones}
    granted = dict.fromkeys(text for one in ones for text in one.grants if text not in inside)
    return Function(
        CORE_NAME,
        "",
        memory=max(one.memory for one in ones),
        timeout=max(one.timeout for one in ones),
        consumes=tuple(queue for one in ones for queue in one.consumes),
        grants=tuple(granted),
        shared=tuple(one.service for one in ones),
    )


def _consuming(function: Function, carried: Mapping[str, str]) -> Function:
    polled = dict.fromkeys(carried.get(queue, queue) for queue in function.consumes)
    return replace(function, consumes=tuple(polled))


APART = Topology(FUNCTIONS, QUEUES)
"""Each service in a function of its own, each queue polled by itself."""
SHARED = _shared()
"""As few functions that may be cold, and as few polled queues, as there can be."""


def topology(profile: Name) -> Topology:
    return SHARED if profile == "idle" else APART
