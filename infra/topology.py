"""Which functions and queues there are. Plain data, read by the stacks and by the local runtime."""

from __future__ import annotations

from dataclasses import dataclass

PROCESSOR = 1769
"""MB with which Lambda gives a function one processor. With less memory it has less of one."""


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
    """`service` names the package whose handler runs; `memory` in MB, `timeout` in seconds.

    What somebody waits for has a whole processor, which shortens cold starts: docs/functions.md.
    `rest` ones answer their service's REST rows, methods and schedules, the `socket` one
    `$connect`; the one that `deploys` does its service's tasks at each deployment. `grants` are
    what a function may do beyond what follows from all else; their words are in `infra/grants.py`.
    A function that several services share has their names in `shared` and no `service` of its own.
    """

    name: str
    service: str
    memory: int = PROCESSOR
    timeout: int = 29
    rest: bool = True
    socket: bool = False
    deploys: bool = False
    consumes: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def services(self) -> tuple[str, ...]:
        return self.shared or (self.service,)

    @property
    def handler(self) -> str:
        return SHARED_HANDLER if self.shared else f"functions.{self.service}.handler.handler"


SHARED_HANDLER = "contrail.api.sharing.handler"

QUEUES = (
    Queue("frames"),
    # Frames that came too early get a second chance after this.
    Queue("parked", delay=1),
    Queue("facts"),
    Queue("deliveries"),
    # What becomes of connections, in order for each person.
    Queue("presence"),
    # A letter at a time: those beside one that fails are not sent again.
    Queue("mails", batch=1),
    # Previews and translations of messages: other people's servers take their time.
    Queue("afterwards", batch=1),
)

FUNCTIONS = (
    # CloudFormation calls it at each deployment, before the others are replaced. The data of a
    # large workspace takes minutes to bring up to date.
    Function(
        "deploy",
        "deploy",
        memory=512,
        timeout=900,
        rest=False,
        deploys=True,
        grants=("admin-password:read",),
    ),
    # To bring users in line with a large directory takes minutes.
    Function(
        "ldap",
        "ldap",
        timeout=900,
        grants=(
            *("facts:publish", "frames:enqueue", "mails:enqueue", "sockets:close"),
            *("connections:revoke", "connections:narrow", "upload:invoke"),
        ),
    ),
    Function(
        "account",
        "account",
        grants=(
            *("facts:publish", "frames:enqueue", "mails:enqueue", "sockets:close", "ldap:invoke"),
            *("connections:revoke", "connections:narrow"),
        ),
    ),
    Function(
        "authorization",
        "authorization",
        grants=("facts:publish", "frames:enqueue", "connections:narrow"),
    ),
    Function(
        "presence",
        "presence",
        consumes=("presence",),
        grants=("facts:publish", "presence:enqueue", "connections:revoke", "sockets:watch"),
    ),
    # Logins through providers wait for those.
    Function("oauth", "oauth"),
    # Slash commands call the methods that they stand for.
    Function(
        "messaging",
        "messaging",
        consumes=("afterwards",),
        grants=("facts:publish", "account:invoke", "rooms:invoke"),
    ),
    Function(
        "rooms",
        "rooms",
        grants=(
            *("facts:publish", "frames:enqueue", "mails:enqueue", "connections:narrow"),
            # It alone can tell what is in a picture.
            "upload:invoke",
        ),
    ),
    Function("teams", "teams", grants=("facts:publish", "frames:enqueue", "connections:narrow")),
    Function(
        "mail",
        "mail",
        memory=512,
        consumes=("mails",),
        grants=("mails:enqueue", "mail:send"),
    ),
    Function("workspace", "workspace", grants=("facts:publish",)),
    Function(
        "upload",
        "upload",
        grants=("facts:publish", "files:hold", "mails:enqueue"),
    ),
    # Settings that are actions call methods.
    Function("settings", "settings", grants=("facts:publish", "methods:invoke")),
    # Methods called over REST: the streamer's code, apart from whoever serves connections.
    Function("calls", "streamer", grants=("facts:publish", "methods:invoke")),
    Function(
        "streamer",
        "streamer",
        timeout=30,
        rest=False,
        socket=True,
        consumes=("frames", "parked"),
        grants=(
            *("frames:enqueue", "parked:enqueue", "presence:enqueue", "facts:publish"),
            "methods:invoke",
            *("connections:keep", "sockets:post"),
        ),
    ),
    # The same code once more, scaled apart from both.
    Function(
        "fanout",
        "streamer",
        rest=False,
        consumes=("facts", "deliveries"),
        grants=(
            *("deliveries:enqueue", "afterwards:enqueue", "presence:enqueue", "connections:enlist"),
            *("connections:revoke", "sockets:post"),
        ),
    ),
)

# In profile `idle` these services share a function, and so a warm process, and these queues one
# that is polled. `infra/profiles.py` makes the topology of a profile of all this.
CORE = (
    *("account", "authorization", "settings", "rooms", "messaging", "presence", "teams"),
    # Its queue and those of presence and messaging are one then.
    "mail",
)
TASKS = Queue("tasks", batch=1)
TOGETHER = {"facts": ("deliveries",), "tasks": ("presence", "mails", "afterwards")}
"""Queue that is polled -> those whose items travel on it too."""
