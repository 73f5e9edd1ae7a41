"""Which service owns a client's path, and the CloudFront Functions that say so at the edge.

Paths count from after `/api`: `/v1/chat.sendMessage`. The table that both sides look them up in
has keys of three kinds: a whole path (`/v1/me`), all paths below one (`/v1/rooms.media/`), and a
family of names (`/v1/chat.`). It is kept small, because a function may have 10 KB in all.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from importlib import resources

from contrail.api.envelopes import not_found

API = "/api"
INDEX = "index.html"
"""The page at the address itself."""
BINARY = "application/octet-stream"
"""The media type that the gateway knows for bytes, whatever it is that pages answer with."""
FAMILY = re.compile(r"(?:/v1)?/[^./]*[./]?")
Owners = Mapping[str, str]


def owners(routes: Mapping[str, str]) -> dict[str, str]:
    """REST path pattern -> service, folded: each family to who owns most of it, and exceptions.

    Raises `ValueError` when paths that only a parameter tells apart have two owners.
    """
    exact: dict[str, str] = {}
    for pattern, service in routes.items():
        key = f"/{pattern}".partition(":")[0]
        if exact.setdefault(key, service) != service:
            raise ValueError(f"{key[1:]} belongs to {exact[key]} and {service}")
    families: dict[str, Counter[str]] = {}
    for key, service in sorted(exact.items()):
        families.setdefault(_family(key), Counter())[service] += 1
    folded = {family: count.most_common(1)[0][0] for family, count in families.items()}
    # The shortest first: an exception may have exceptions below it.
    for key in sorted(exact, key=len):
        if owner(folded, key) != exact[key]:
            folded[key] = exact[key]
    return folded


def owner(table: Owners, path: str) -> str | None:
    """The service of the longest key that fits; a family is the shortest of all."""
    found = table.get(_family(path))
    for slash in re.finditer("/", path):
        found = table.get(path[: slash.end()], found)
    return table.get(path, found)


def routing(table: Owners, roots: Mapping[str, str]) -> str:
    """The viewer-request function of `/api/*`: `/api/v1/me` becomes `/api/account/v1/me`.

    And of the paths of pages: below `/oauth/`, which one of the `roots` is, `/oauth/token` becomes
    `/api/oauth/oauth/token`. What nobody owns is answered at the edge.
    """
    pattern = FAMILY.pattern.replace("/", r"\/")
    return _function(
        "routing.js",
        API=json.dumps(API),
        BINARY=json.dumps(BINARY),
        FAMILY=f"/^{pattern}/",
        OWNERS=_literal(table),
        ROOTS=_literal({f"/{root}/": service for root, service in roots.items()}),
        DEPTH=str(max((key.count("/") for key in table if key.endswith("/")), default=0)),
        NOT_FOUND=_NOT_FOUND,
    )


def page() -> str:
    """The viewer-request function of all other paths: `/` is a page, the rest does not exist."""
    return _function("page.js", INDEX=json.dumps(f"/{INDEX}"), NOT_FOUND=_NOT_FOUND)


def _family(path: str) -> str:
    match = FAMILY.match(path)
    return match[0] if match else ""


def _function(file: str, **constants: str) -> str:
    head = "".join(f"const {name} = {value};\n" for name, value in constants.items())
    return head + resources.files("infra").joinpath(file).read_text("utf-8")


def _literal(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _answer(status: int, description: str, kind: str, body: str) -> str:
    return _literal(
        {
            "statusCode": status,
            "statusDescription": description,
            "headers": {"content-type": {"value": kind}},
            "body": {"encoding": "text", "data": body},
        }
    )


_NOT_FOUND = _answer(404, "Not Found", "application/json", not_found()["body"])
