"""Rows: the only place where an endpoint, a method or a consumer is declared. Pure data.

A use case is named `module:function` inside its service, so that reading the tables imports
nothing but this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Document = dict[str, Any]
"""A MongoDB document: Rocket.Chat's field names, any further key an import brought along."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` per `window` ms and user, by number or by the setting that has the number.

    `unless` names a permission that lifts it.
    """

    calls: int | str
    window: int | str
    unless: str = ""


UNLIMITED = Limit(0, 0)
"""For REST rows without the limit that every other one has."""


@dataclass(frozen=True, slots=True)
class TwoFactor:
    """A second factor stands before the row.

    `remember` False asks each time, whatever was proven a moment ago. `forced` asks in TEST_MODE
    too, and whoever has no second factor for the password; `forced_in_community` in that edition
    alone. `when` names fields of the input (`user.email`): only a call that gives one is asked.
    """

    remember: bool = True
    forced: bool = False
    forced_in_community: bool = False
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a use case itself refuses on, and its answer, which generated tests compare whole.

    `on` is a permission's id; or `room`, one closed to the caller, and alike one that does not
    exist unless the row has a refusal on `missing` too; or `community`, the edition. `error` is
    the text on REST, on DDP the `message`; `error_type` the code. A method may refuse by a
    `result` instead; None is void.
    """

    on: str
    error: str = ""
    status: int = 400
    error_type: str | int | None = None
    details: Document | None = None
    result: bool | None = None

    @classmethod
    def not_allowed(cls, on: str, method: str) -> Refusal:
        """The answer that most methods give."""
        text, code = "Not allowed [error-not-allowed]", "error-not-allowed"
        return cls(on=on, error=text, error_type=code, details={"method": method})


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list endpoint may sort by, project, and query: field -> operators.

    `""` among the operators allows plain equality; a field `name.*` stands for any one below it.
    `logic` are the operators that combine queries; `ignores` are fields that clients ask for and
    nobody gets: passed over instead of refused.
    """

    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    query: dict[str, tuple[str, ...]] = field(default_factory=dict)
    logic: tuple[Literal["$or", "$and"], ...] = ()
    ignores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """`key` names the envelope field of the result; without it the result's keys are spread.

    The envelope `bare` is none at all: the result alone. A result that is a `Reply` is the whole
    answer, whatever the envelope.

    A row without a `limit` has the one that the workspace's settings give to the REST API.
    `looks_up` says of a public row that its use case looks up who is asking, and with them the
    versions of the caches, so that nothing else need read these first.
    """

    verb: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    use_case: str
    key: str = ""
    public: bool = False
    permissions: tuple[str, ...] = ()
    refuses: tuple[Refusal, ...] = ()
    listing: Listing | None = None
    limit: Limit | None = None
    envelope: Literal["success", "status", "bare"] = "success"
    two_factor: TwoFactor | None = None
    looks_up: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A path at the root of the site, for protocols that are HTTP's own: OAuth's, say.

    Anyone may ask, from one address as often as `limit` says; the use case answers with a `Reply`.
    Of one that `knows` its caller, who shows a login token (see `api.showing`) is the caller.
    """

    verb: Literal["GET", "POST"]
    path: str
    use_case: str
    limit: Limit = UNLIMITED
    knows: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """A DDP method: `params` are the names its positional arguments get, in order.

    `idempotent` rows may run again when their frame is delivered twice; `keyed` ones may if the
    client gave this field of an argument (`message._id`). `looks_up` is as for `Rest`.
    `internal` ones are for services alone, through the rpc port: to clients they do not exist.
    """

    name: str
    use_case: str
    params: tuple[str, ...] = ()
    public: bool = False
    limit: Limit | None = None
    idempotent: bool = False
    keyed: str = ""
    refuses: tuple[Refusal, ...] = ()
    two_factor: TwoFactor | None = None
    looks_up: bool = False
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Consumer:
    """Items of one queue, each handed to a use case as that use case's input model.

    `by_time` puts a batch in the order of the items' `time` attribute (ms): the gateway does not
    promise to enqueue what one connection sent in order. With `together` the use case takes a
    batch's items of one group at once, as `items`, and raises `Unfinished` where it stops.
    """

    queue: str
    use_case: str
    by_time: bool = False
    together: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work of the clock, every so many seconds. Runs may overlap and must not mind."""

    name: str
    use_case: str
    every: int


@dataclass(frozen=True, slots=True)
class Task:
    """Work that whoever deploys has done, by name. May be asked for again after any end."""

    name: str
    use_case: str


@dataclass(frozen=True, slots=True)
class Route:
    """A WebSocket route that reaches the function directly; the others go through a queue."""

    key: Literal["$connect"]
    use_case: str


@dataclass(frozen=True, slots=True)
class Table:
    service: str
    rest: tuple[Rest, ...] = ()
    pages: tuple[Page, ...] = ()
    methods: tuple[Method, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    sockets: tuple[Route, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    tasks: tuple[Task, ...] = ()

    @property
    def package(self) -> str:
        return f"functions.{self.service}"

    @property
    def offered(self) -> tuple[Method, ...]:
        """The methods that clients may call."""
        return tuple(row for row in self.methods if not row.internal)
