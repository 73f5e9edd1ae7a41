"""One correlation id leads from the gateway's event to the fan-out, and no line holds a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.lines import Lines, logged
from tests.support.workspace import Workspace


@pytest.fixture
def lines() -> Iterator[Lines]:
    with logged(logging.INFO) as found:
        yield found


def test_a_request_and_the_fan_out_of_what_it_did_share_their_correlation_id(
    workspace: Workspace, lines: Lines
) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    workspace.settle()
    lines.texts.clear()
    owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "hi"}})
    workspace.settle()
    found = [json.loads(text) for text in lines.texts]
    (request,) = [line for line in found if line.get("path") == "v1/chat.sendMessage"]
    (spread,) = [line for line in found if line.get("group") == f"room:{rid}"]
    assert request["status"] == 200
    assert request["correlation_id"]
    assert spread["correlation_id"] == request["correlation_id"]


async def test_no_line_holds_a_password_a_token_or_what_people_wrote(
    workspace: Workspace, lines: Lines
) -> None:
    owner = workspace.person()
    rid, text = workspace.channel(owner)["_id"], random_id()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.login(owner.username, "secret")
        await client.call("login", {"resume": owner.token + "x"})
        await client.call("sendMessage", {"rid": rid, "msg": text})
        await client.call("sendMessage", {"rid": rid, "msg": [text]})
        workspace.http("POST", "v1/login", json={"user": owner.username, "password": "wrong-pass"})
    workspace.settle()
    everything = "\n".join(lines.texts)
    assert everything
    for secret in (owner.token, text, "wrong-pass", '"secret"', "$2b$"):
        assert secret not in everything
