"""What each function may do, and the variables that tell it where. Plain data, without CDK.

A grant is `<name>:<verb>`: `frames:enqueue`, `account:invoke`, `origin:read`. Its verb says of
what kind the thing is, which IAM actions it takes, and which variable holds the thing's address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from infra.tables import tables
from infra.topology import FUNCTIONS, Function

Kind = Literal["table", "topic", "queue", "sockets", "function", "secret", "mail", "bucket"]

DATABASE, SIGNING, ORIGIN, ADMIN = "mongodb-uri", "token-signing-key", "origin", "admin-password"
"""Secrets: the database's address, what login tokens are signed with, what the edge sends, and
what the first admin logs in with."""
SECRETS = (DATABASE, SIGNING, ORIGIN, ADMIN)
FIXED = {"MONGODB_URI_SECRET": DATABASE}
AT_THE_DOOR = {"ORIGIN_SECRET": ORIGIN}
"""Variables that name a secret: for every function, and for those that the gateways call."""
ADMIN_PASS = "ADMIN_PASS_SECRET"
SERVICES = "SERVICES"
"""The variable that says which services share a function."""
METHODS = "methods:invoke"
"""Stands for `<service>:invoke` of every other service that owns a method."""
ASKED = "mails:enqueue"


@dataclass(frozen=True, slots=True)
class Verb:
    """`variable` is empty where the function needs no address; `{}` is the name in capitals.

    `parts` follow the thing's ARN where the actions are for parts of it alone.
    """

    kind: Kind
    actions: tuple[str, ...]
    variable: str = ""
    parts: tuple[str, ...] = ("",)


_FIND = ("dynamodb:GetItem", "dynamodb:Query")
_CLOSE = ("dynamodb:DeleteItem", "dynamodb:UpdateItem")
_LISTEN = ("dynamodb:BatchGetItem", "dynamodb:UpdateItem")
_LEAVE = ("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem")
_KEEP = ("dynamodb:PutItem", "dynamodb:ConditionCheckItem")
_MAIL = ("ses:SendEmail", "ses:SendRawEmail")
_TABLE = "{}_TABLE"
_MANAGE = ("execute-api:ManageConnections",)
_POST, _DELETE = "/POST/@connections/*", "/DELETE/@connections/*"
_ASK = "/GET/@connections/*"
_FILES = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")

VERBS: Mapping[str, Verb] = {
    # Connections: end one that is gone; find a user's and end them; take audiences from them; put
    # new ones under them; all of the port.
    "drop": Verb("table", ("dynamodb:GetItem", *_CLOSE), _TABLE),
    "revoke": Verb("table", (*_FIND, *_CLOSE), _TABLE),
    "narrow": Verb("table", (*_FIND, *_CLOSE, *_LEAVE), _TABLE),
    "enlist": Verb("table", (*_FIND, *_LISTEN), _TABLE),
    "keep": Verb("table", (*_FIND, *_CLOSE, *_LISTEN, *_KEEP), _TABLE),
    "count": Verb("table", ("dynamodb:UpdateItem",), _TABLE),
    "publish": Verb("topic", ("sns:Publish",), "{}_TOPIC_ARN"),
    "enqueue": Verb("queue", ("sqs:SendMessage",), "QUEUE_{}"),
    "consume": Verb("queue", ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")),
    # Who posts also closes what takes no post.
    "post": Verb("sockets", _MANAGE, "{}_URL", (_POST, _DELETE)),
    "close": Verb("sockets", _MANAGE, "{}_URL", (_DELETE,)),
    "watch": Verb("sockets", _MANAGE, "{}_URL", (_ASK, _POST, _DELETE)),
    "invoke": Verb("function", ("lambda:InvokeFunction",), "FUNCTION_{}"),
    # Raw messages take the second.
    "send": Verb("mail", _MAIL, parts=("/*",)),
    # What is missing is only said to be missing to who may list.
    "hold": Verb("bucket", (*_FILES, "s3:ListBucket"), "{}_BUCKET", ("", "/*")),
    "read": Verb("secret", ("secretsmanager:GetSecretValue",), "SECRETS_PREFIX"),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """Raises `ValueError` for a verb that does not exist."""

    name: str
    verb: str

    @classmethod
    def of(cls, text: str) -> Grant:
        name, _, verb = text.rpartition(":")
        if not name or verb not in VERBS:
            raise ValueError(f"{text} is no grant")
        return cls(name, verb)

    @property
    def kind(self) -> Kind:
        return VERBS[self.verb].kind

    @property
    def key(self) -> tuple[Kind, str]:
        """What it is for: a queue and a topic may have one name."""
        return self.kind, self.name

    @property
    def actions(self) -> tuple[str, ...]:
        return VERBS[self.verb].actions

    @property
    def variable(self) -> str:
        """Empty for those without an address."""
        return VERBS[self.verb].variable.format(self.name.upper().replace("-", "_"))


def grants(function: Function) -> list[Grant]:
    """What the topology says, and what follows from the tables and from the function's triggers.

    Raises `ValueError` for a grant that does not exist or is said twice.
    """
    wanted = [Grant.of(text) for text in _texts(function)]
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"{function.name} is granted something twice")
    return wanted


def names(function: Function) -> dict[str, str]:
    """Variables whose values are the same in every workspace."""
    shared = {SERVICES: ",".join(function.shared)} if function.shared else {}
    first = {ADMIN_PASS: ADMIN} if f"{ADMIN}:read" in function.grants else {}
    return {**FIXED, **(AT_THE_DOOR if _is_called(function) else {}), **shared, **first}


def owners() -> list[str]:
    """Services that own DDP methods which clients may call."""
    return sorted(name for name, table in tables().items() if table.offered)


def _texts(function: Function) -> Iterator[str]:
    for text in function.grants:
        if text == METHODS:
            # Its own service's methods it calls within the process; those of whoever serves
            # connections only wrap others.
            beside = {*function.services, *(one.service for one in FUNCTIONS if one.socket)}
            wanted = (f"{owner}:invoke" for owner in owners() if owner not in beside)
            yield from (text for text in wanted if text not in function.grants)
        else:
            yield text
    if ASKED not in function.grants and _asks(function):
        yield ASKED
    yield from (f"{queue}:consume" for queue in function.consumes)
    yield f"{DATABASE}:read"
    if _is_called(function):
        yield from (f"{SIGNING}:read", f"{ORIGIN}:read", "limits:count")


def _asks(function: Function) -> bool:
    """Whether a second factor stands before rows of its own: a code of it may come by mail."""
    own = [tables()[service] for service in function.services]
    asked = [row.two_factor for table in own for row in table.rest]
    asked += [row.two_factor for table in own for row in table.methods]
    return function.rest and any(asked)


def _is_called(function: Function) -> bool:
    """Whether a gateway calls it: then it is shown login tokens, and counts what it is asked."""
    return function.rest or function.socket


CALLS: Mapping[str, tuple[str, ...]] = {
    "dynamodb:TransactWriteItems": (
        *("dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem"),
        "dynamodb:UpdateItem",
    ),
    "execute-api:DeleteConnection": _MANAGE,
    "execute-api:GetConnection": _MANAGE,
    "execute-api:PostToConnection": _MANAGE,
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    **dict.fromkeys(
        ("s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload"),
        ("s3:PutObject",),
    ),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:HeadObject": ("s3:GetObject", "s3:ListBucket"),
    "ses:SendEmail": _MAIL,
    "sns:PublishBatch": ("sns:Publish",),
    # Where secrets are parameters, the grant to read one is for this.
    "ssm:GetParameter": ("secretsmanager:GetSecretValue",),
}
"""Calls that IAM knows by another name, or by those of what a transaction holds."""
BY_LAMBDA = VERBS["consume"].actions
"""What Lambda itself calls in the function's name."""


def differences(
    seen: Mapping[str, Collection[str]], functions: Collection[Function] = FUNCTIONS
) -> list[str]:
    """Calls against grants, line by line; empty when they agree.

    `seen` has by function the calls made, as `service:Operation`.
    """
    lines: list[str] = []
    for function in functions:
        granted = {action for grant in grants(function) for action in grant.actions}
        used: set[str] = set()
        for call in sorted(seen.get(function.name, ())):
            needed = granted & set(CALLS.get(call, (call,)))
            if not needed:
                lines.append(f"{function.name} calls {call}, which it is not granted")
            used |= needed
        unused = granted - used - set(BY_LAMBDA)
        lines += [f"{function.name} is granted {one}, which it never calls" for one in unused]
    known = {function.name for function in functions}
    lines += [f"{name} calls something and is no function" for name in seen if name not in known]
    return sorted(lines)
