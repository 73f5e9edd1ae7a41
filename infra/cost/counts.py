"""What one of each thing that people do makes of calls and runs.

These are counted, not guessed: `tests/isolated/test_cost_counts.py` does each thing in a workspace
of isolated functions, where every call of AWS goes over HTTP, and holds what it sees against this.
Functions are warm. Names of services stand for whichever function answers them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

LISTENERS = 2
"""How many listen where these were counted."""
POST, SEND, PUBLISH = "execute-api:PostToConnection", "sqs:SendMessage", "sns:PublishBatch"
GET, UPDATE, PUT = "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem"
QUERY, MANY, TRANSACT = (
    "dynamodb:Query",
    "dynamodb:BatchGetItem",
    "dynamodb:TransactWriteItems",
)
INVOKE = "lambda:Invoke"


@dataclass(frozen=True, slots=True)
class Counts:
    """`runs` by function, `calls` of AWS by operation, `commands` of the database.

    `frames` come from the client over WebSocket, `requests` over REST. Of the posts, one goes to
    each listener where there are `heard`.
    """

    runs: Mapping[str, int]
    calls: Mapping[str, int]
    commands: int = 0
    frames: int = 0
    requests: int = 0
    heard: bool = field(default=False)

    def for_listeners(self, listeners: float) -> Mapping[str, float]:
        """Calls, were there so many listeners."""
        calls: dict[str, float] = dict(self.calls)
        if self.heard:
            calls[POST] = calls[POST] + listeners - LISTENERS
        return calls


def _together(*parts: Mapping[str, int]) -> dict[str, int]:
    whole: Counter[str] = Counter()
    for part in parts:
        whole.update(part)
    return dict(whole)


_FAN_OUT_RUNS = {"fanout": 2}
_FAN_OUT = {GET: 2, QUERY: 1, SEND: 1, POST: LISTENERS}
_LIMITED = {UPDATE: 1}
"""Every request and every method is counted against the limits."""
_SEND_RUNS = {"messaging": 1, **_FAN_OUT_RUNS}
_SEND = _together({PUBLISH: 1}, _LIMITED, _FAN_OUT)
_METHOD = {GET: 1, UPDATE: 2, POST: 2, INVOKE: 1}
"""Its connection's record is read and marked twice; `result` and `updated` are posted."""

SENDING, FANNING_OUT, DELIVERING = 5, 2, 4
"""Commands: until a send is answered, what comes of it, and who of those who listen may hear it."""

READ = Counts({"account": 1}, _LIMITED, commands=2, requests=1)
SEND_REST = Counts(_SEND_RUNS, _SEND, SENDING + FANNING_OUT + DELIVERING, requests=1, heard=True)
SEND_DDP = Counts(
    _together(_SEND_RUNS, {"streamer": 1}),
    _together(_SEND, _METHOD),
    SENDING + FANNING_OUT + DELIVERING,
    frames=1,
    heard=True,
)
# Who types does not hear of it.
TYPING = Counts(
    {"streamer": 1, "fanout": 3},
    {GET: 3, QUERY: 2, SEND: 2, UPDATE: 2, PUBLISH: 1, POST: 1 + LISTENERS},
    commands=2 + DELIVERING,
    frames=1,
    heard=True,
)
MARK_READ = Counts(
    {"streamer": 1, "rooms": 1, "fanout": 2},
    {GET: 2, QUERY: 1, SEND: 1, UPDATE: 2, PUBLISH: 1, POST: 2, INVOKE: 1},
    commands=3,
    frames=1,
)
SUB = Counts({"streamer": 1}, {GET: 1, TRANSACT: 1, UPDATE: 2, POST: 1}, commands=3, frames=1)
OPEN = Counts({"streamer": 2}, {PUT: 1, TRANSACT: 1, POST: 1, SEND: 1})
CONNECT = Counts({"streamer": 1}, {GET: 1, UPDATE: 2, POST: 1}, frames=1)
RESUME = Counts(
    {"streamer": 1, "presence": 1},
    {MANY: 1, GET: 1, TRANSACT: 2, UPDATE: 2, POST: 3, SEND: 1},
    commands=5,
    frames=1,
)
CLOSE = Counts({"streamer": 1, "presence": 1}, {GET: 1, TRANSACT: 1, SEND: 1}, commands=2)
COUNTED: Mapping[str, Counts] = {
    "read": READ,
    "send over REST": SEND_REST,
    "send over DDP": SEND_DDP,
    "typing": TYPING,
    "mark as read": MARK_READ,
    "sub": SUB,
    "open": OPEN,
    "connect": CONNECT,
    "resume": RESUME,
    "close": CLOSE,
}
