"""A workspace of isolated functions: what they can reach, and what becomes of them."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

import aiohttp
import orjson
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from contrail.api.origin import HEADER
from infra.topology import FUNCTIONS, Function
from tests.support.ddp import Ddp
from tests.support.isolated import IsolatedWorkspace
from tests.support.program import ROOT, eventually, running
from tests.support.workspace import SECRETS

OF_LAMBDA = {
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_NAME"),
    *("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
    *("LANG", "PATH", "PYTHONPATH", "TZ"),
}
EVERYWHERE = {"EDITION", "ROOT_URL", "TEST_MODE", "MONGODB_URI_SECRET", "SECRETS_PREFIX"}
SCRIPT = """
import importlib.util, json, os, sys
names = ["local", "infra", "tests", "moto", "aiohttp", "secantusdb", "functions.account.handler"]
importable = []
for name in names:
    try:
        if importlib.util.find_spec(name): importable.append(name)
    except ModuleNotFoundError: pass
import functions
print(json.dumps([sorted(os.environ), importable, sys.path, os.listdir(functions.__path__[0])]))
"""


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_has_its_own_variables_and_packages_alone(
    isolated_workspace: IsolatedWorkspace, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONGODB_URI", "mongodb://of.someone.else/")
    launch = isolated_workspace.runtime.launch(function)
    program = launch.command[: launch.command.index("-m")]
    done = subprocess.run(
        [*program, "-c", SCRIPT],
        env=dict(launch.environment),
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    names, importable, path, services = orjson.loads(done.stdout)
    own = {*OF_LAMBDA, *EVERYWHERE}
    assert own <= set(names) - {"LC_CTYPE"}
    assert "MONGODB_URI" not in names
    assert not [one for one in path if one.startswith(str(ROOT / "local")) or one == str(ROOT)]
    assert sorted(set(services) - {"__init__.py"}) == [function.service]
    assert importable == (["functions.account.handler"] if function.service == "account" else [])
    assert ("QUEUE_DELIVERIES" in names) == (function.name == "fanout")
    assert ("FUNCTION_ACCOUNT" in names) == (
        function.name in ("streamer", "calls", "settings", "messaging")
    )


def test_past_the_edge_nobody_gets_in(isolated_workspace: IsolatedWorkspace) -> None:
    context = {"identity": {"sourceIp": "127.0.0.1"}}
    event = {
        "httpMethod": "GET",
        "path": "/workspace/v1/info",
        "headers": {HEADER: "a-guess", "Accept": "*/*"},
        "requestContext": context,
    }
    refused = isolated_workspace.runtime.pools["workspace"](event)
    assert refused["statusCode"] == 403
    assert orjson.loads(refused["body"]) == {"success": False, "error": "unauthorized"}
    connecting = {**event, "requestContext": {**context, "routeKey": "$connect"}}
    assert isolated_workspace.runtime.pools["streamer"](connecting)["statusCode"] == 403
    forged = isolated_workspace.http("GET", "v1/info", headers={HEADER: "a-guess"})
    assert forged.status_code == 200


async def test_a_clients_address_is_the_edges_word(isolated_workspace: IsolatedWorkspace) -> None:
    forged = {"CloudFront-Viewer-Address": "9.9.9.9:1", "X-Forwarded-For": "9.9.9.9"}
    url = isolated_workspace.ws_url
    async with aiohttp.ClientSession() as http, http.ws_connect(url, headers=forged) as ws:
        await ws.receive(timeout=15)
        records = isolated_workspace.records()
    assert "127.0.0.1" in {record["address"] for record in records}
    assert "9.9.9.9" not in {record["address"] for record in records}


def test_functions_log_json_lines_and_no_secrets(isolated_workspace: IsolatedWorkspace) -> None:
    person = isolated_workspace.person()
    assert person.get("v1/me").status_code == 200
    lines = (isolated_workspace.folder / "logs" / "account.log").read_text().splitlines()
    told = [orjson.loads(line) for line in lines]
    assert {"v1/login", "v1/me"} <= {line.get("path") for line in told}
    assert all(line["correlation_id"] for line in told if "path" in line)
    written = "".join(file.read_text() for file in isolated_workspace.folder.glob("logs/*.log"))
    for secret in (*SECRETS.values(), person.token, "mongodb://"):
        assert secret not in written


async def test_killed_processes_are_replaced(isolated_workspace: IsolatedWorkspace) -> None:
    person = isolated_workspace.person()
    pools = isolated_workspace.runtime.pools
    async with Ddp(isolated_workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        before = {pid for pool in pools.values() for pid in pool.pids}
        assert {"account", "streamer"} <= {name for name, pool in pools.items() if pool.pids}
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        # One that is being used when it dies would fail its call, as it does in Lambda.
        assert eventually(lambda: not before & {p for pool in pools.values() for p in pool.pids})
        assert person.get("v1/me").status_code == 200
        room = isolated_workspace.channel(person)
        assert (await client.sub("stream-room-messages", room["_id"], False))["msg"] == "ready"
    assert not [pid for pid in before if running(pid)]


def forgotten(workspace: IsolatedWorkspace) -> bool:
    """Whether the tables are there again, empty."""
    with suppress(BotoCoreError, ClientError):
        return workspace.records() == []
    return False


async def test_when_moto_dies_clients_come_back(isolated_workspace: IsolatedWorkspace) -> None:
    person = isolated_workspace.person()
    moto = isolated_workspace.runtime.moto
    async with Ddp(isolated_workspace.ws_url) as client:
        await client.connect()
        before = moto.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda: moto.pid not in (None, before), 20)
        # Its connection is forgotten: the next frame finds out, and the client is sent away.
        assert eventually(lambda: forgotten(isolated_workspace), 20)
        await client.send({"msg": "method", "method": "x", "id": "1", "params": []})
        assert await client.closed() == 1001
    async with Ddp(isolated_workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
