"""The functions at the edge, run by node, against the tables and against the local edge."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from contrail.api.envelopes import not_found
from infra import edge
from infra.tables import roots, routes, tables
from local.edge import Edge

LARGEST = 8 * 1024
"""Bytes; CloudFront takes 10 KB."""
RUN = """
const fs = require("fs"), vm = require("vm");
const { code, requests } = JSON.parse(fs.readFileSync(0, "utf8"));
const context = vm.createContext({});
vm.runInContext(code, context);
const answers = requests.map((request) => {
    context.event = { version: "1.0", context: {}, viewer: { ip: "192.0.2.1" }, request };
    return vm.runInContext("handler(event)", context);
});
process.stdout.write(JSON.stringify(answers));
"""
PARAMETERS = ("x", "GENERAL", "a/b/c", "rooms%2Fget", "rooms%252Fget", "%20%C3%A9", "a.b", "..")
NOBODY = (
    *("/api/v1/nothing.here", "/api/v1/ME", "/api/v1/me/", "/api/v1//me", "/api/v1", "/api/v1/"),
    *("/api/", "/api//", "/api/v1.me", "/api/me", "/api/account/v1/me", "/api/v1/chat", "/api"),
    *(
        "/api/__proto__",
        "/api/constructor",
        "/api/v1/toString",
        "/api/v1/__proto__.x",
        "/API/v1/me",
    ),
    *(
        "/api/v1/%6De",
        "/api/v1/me%2F",
        "/api/../api/v1/me",
        "/api/v1/hasOwnProperty/x",
        "/api/v1/\n",
    ),
)


def run(code: str, requests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    given = json.dumps({"code": code, "requests": list(requests)})
    done = subprocess.run(
        ["node", "-e", RUN], input=given, capture_output=True, text=True, check=True, timeout=60
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def request(uri: str, method: str = "GET") -> dict[str, Any]:
    return {"method": method, "uri": uri, "querystring": {}, "headers": {}, "cookies": {}}


def routed(table: Mapping[str, str], paths: Iterable[str]) -> list[str | None]:
    """Where the function sends each path; None for what it answers itself."""
    code = edge.routing(edge.owners(table), {})
    return [answer.get("uri") for answer in run(code, [request(path) for path in paths])]


def local(table: Mapping[str, str], paths: Iterable[str]) -> list[str | None]:
    """The same of the local edge, with the stage that the gateway has in its paths."""
    known = Edge(table)
    return [found and f"/api{found[1]}" for found in map(known.find, paths)]


def filled(pattern: str) -> list[str]:
    """A row's path with every kind of text for its parameters."""
    if ":" not in pattern:
        return [f"/api/{pattern}"]
    return [
        "/api/" + "/".join(text if part.startswith(":") else part for part in pattern.split("/"))
        for text in PARAMETERS
    ]


def test_every_row_of_every_table_reaches_its_service() -> None:
    rows = [(name, row.path) for name, table in tables().items() for row in table.rest]
    wanted = {path: name for name, pattern in rows for path in filled(pattern)}
    assert len(wanted) > len(routes())
    sent = dict(zip(wanted, routed(routes(), wanted), strict=True))
    assert sent == {path: f"/api/{name}{path[4:]}" for path, name in wanted.items()}
    assert list(sent.values()) == local(routes(), wanted)


def test_what_nobody_owns_is_answered_at_the_edge_as_functions_answer_it() -> None:
    answers = run(edge.routing(edge.owners(routes()), roots()), [request(path) for path in NOBODY])
    for path, answer in zip(NOBODY, answers, strict=True):
        assert answer["statusCode"] == 404, path
        assert answer["headers"] == {"content-type": {"value": "application/json"}}
        assert answer["body"] == {"encoding": "text", "data": not_found()["body"]}
    assert local(routes(), NOBODY) == [None] * len(NOBODY)


def test_every_page_reaches_its_service_and_nothing_else_at_the_root_does() -> None:
    rows = [(name, row.path) for name, table in tables().items() for row in table.pages]
    wanted = {f"/{path.replace(':', '')}": name for name, path in rows}
    nowhere = ("/x", "/oauth", "/constructor/x", "/__proto__/x", "/oauth.x/token", "//oauth/token")
    asked = [request(path) for path in (*wanted, *nowhere)]
    answers = run(edge.routing(edge.owners(routes()), roots()), asked)
    sent = [f"/api/{name}{path}" for path, name in wanted.items()]
    assert [answer.get("uri") for answer in answers] == [*sent, *[None] * len(nowhere)]
    known = Edge(routes(), roots())
    assert [known.find(path) for path in wanted] == [(n, f"/{n}{p}") for p, n in wanted.items()]
    assert [known.find(path) for path in nowhere] == [None] * len(nowhere)


def test_only_the_path_is_changed() -> None:
    given = {
        **request("/api/v1/me", "POST"),
        "querystring": {"a": {"value": "1"}},
        "headers": {"host": {"value": "chat.example.com"}},
    }
    assert run(edge.routing(edge.owners(routes()), roots()), [given]) == [
        {**given, "uri": "/api/account/v1/me"}
    ]


@pytest.mark.parametrize("path", ["/oauth/token", "/api/v1/rooms.get"])
def test_what_is_read_may_be_bytes_whatever_a_client_says_it_takes(path: str) -> None:
    given = {**request(path), "headers": {"accept": {"value": "application/json"}}}
    (answer,) = run(edge.routing(edge.owners(routes()), roots()), [given])
    assert answer["headers"] == {"accept": {"value": edge.BINARY}}


@pytest.mark.parametrize("seed", range(20))
def test_any_table_is_folded_without_changing_an_owner(seed: int) -> None:
    table = _random_table(random.Random(seed))
    folded = edge.owners(table)
    for pattern, service in table.items():
        for path in filled(pattern):
            assert edge.owner(folded, path[4:]) == service, path


def test_node_and_the_local_edge_agree_on_any_path_of_any_table() -> None:
    table = _random_table(random.Random(1), services=3, rows=300)
    choose = random.Random(2)
    paths = [path for pattern in table for path in filled(pattern)]
    paths += [_mangled(choose, choose.choice(paths)) for _ in range(3000)]
    sent = routed(table, paths)
    assert sent == local(table, paths)
    assert sent.count(None) > 100


def _random_table(choose: random.Random, services: int = 4, rows: int = 60) -> dict[str, str]:
    """Families and what lies below them in the hands of several services."""
    table: dict[str, str] = {}
    owned: dict[str, str] = {}
    for _ in range(rows):
        name = choose.choice(("chat", "rooms", "users", "livechat", "im", "settings"))
        rest = choose.choice(("", ".a", ".b", ".media", ".a/:id", "/b", "/b/c", "/b/:id", "/:id"))
        more = choose.choice(("", "", "/own", "/own/:id"))
        path = f"{choose.choice(('v1/', ''))}{name}{rest}{more}"
        service = f"s{choose.randrange(services)}"
        # Who has a parameter's place has all that only the parameter tells apart.
        table[path] = owned.setdefault(path.partition(":")[0], service)
    return table


def _mangled(choose: random.Random, path: str) -> str:
    place = choose.randrange(5, len(path) + 1)
    return path[:place] + choose.choice(("", "/", ".", "//", "x", "/x.y/")) + path[place + 1 :]


def test_paths_that_only_a_parameter_tells_apart_have_one_owner() -> None:
    with pytest.raises(ValueError, match="a/ belongs to one and two"):
        edge.owners({"a/:x": "one", "a/:y/b": "two"})


def test_the_function_fits_even_with_all_of_rocket_chats_families() -> None:
    assert len(edge.routing(edge.owners(routes()), roots()).encode()) < LARGEST
    names = [f"a-family-of-names-{number}" for number in range(74)]
    table = {f"v1/{name}.{verb}": "authorization" for name in names for verb in ("get", "list")}
    table |= {f"v1/{names[0]}.exception{number}/:id": "omnichannel" for number in range(20)}
    assert len(edge.routing(edge.owners(table), {}).encode()) < LARGEST


def test_at_the_root_is_a_page_and_nothing_else() -> None:
    found, head, post, elsewhere = run(
        edge.page(), [request("/"), request("/", "HEAD"), request("/", "POST"), request("/x")]
    )
    assert (found["uri"], found["method"]) == ("/index.html", "GET")
    assert (head["uri"], head["method"]) == ("/index.html", "HEAD")
    assert post == elsewhere
    assert elsewhere["statusCode"] == 404
    assert elsewhere["body"]["data"] == not_found()["body"]
