"""Which functions and queues there are. Plain data, read by the stacks and by the local runtime."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Queue:
    """A FIFO queue; `visibility` in seconds, longer than its consumer may run.

    What is sent becomes visible `delay` seconds later.
    """

    name: str
    batch: int = 10
    visibility: int = 60
    receives: int = 3
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Function:
    """`service` names the package whose handler runs; `memory` in MB, `timeout` in seconds."""

    name: str
    service: str
    memory: int = 512
    timeout: int = 29
    rest: bool = True
    socket: bool = False
    consumes: tuple[str, ...] = ()


QUEUES = (
    Queue("frames"),
    # Frames that came too early get a second chance after this.
    Queue("parked", delay=1),
    Queue("facts"),
    Queue("deliveries"),
)

FUNCTIONS = (
    Function("account", "account"),
    Function("authorization", "authorization"),
    Function("messaging", "messaging"),
    Function("rooms", "rooms"),
    Function("settings", "settings"),
    Function("workspace", "workspace"),
    Function("streamer", "streamer", timeout=30, socket=True, consumes=("frames", "parked")),
    # The same code as the streamer, scaled apart from it.
    Function("fanout", "streamer", rest=False, consumes=("facts", "deliveries")),
)
