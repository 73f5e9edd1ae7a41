"""Services that share a function, and queues that share one that is polled: profile `idle`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from contrail.domain.workspace import TEST_ADMIN
from infra.grants import differences
from infra.profiles import SHARED
from local.runtime import Runtime
from tests.support.ddp import Ddp
from tests.support.isolated import IsolatedWorkspace
from tests.support.people import stored
from tests.support.workspace import Workspace

SENDER = "no-reply@localhost.localdomain"


@pytest.fixture(scope="module")
def apart(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IsolatedWorkspace]:
    """Not in test mode, which would count no limits."""
    made = IsolatedWorkspace(
        mongo_uri,
        tmp_path_factory.mktemp("shared"),
        SHARED,
        test_mode=False,
        admin_username=TEST_ADMIN,
        admin_pass=TEST_ADMIN,
        mail_service="ses",
        overwrites={"Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In": "false"},
    )
    made.verify_sender(SENDER)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def within(mongo_uri: str) -> Iterator[Workspace]:
    made = Workspace(mongo_uri, make=partial(Runtime, topology=SHARED))
    yield made
    made.stop()


@pytest.fixture(params=["within", "apart"])
def shared(request: pytest.FixtureRequest) -> Workspace:
    made: Workspace = request.getfixturevalue(request.param)
    return made


async def test_chat_works_in_a_function_that_services_share(shared: Workspace) -> None:
    ann, bob = shared.person(), shared.person()
    rid = ann.ok("POST", "v1/channels.create", {"name": f"c{ann.id.lower()}"})["channel"]["_id"]
    ann.ok("POST", "v1/channels.invite", {"roomId": rid, "userId": bob.id})
    async with Ddp(shared.ws_url) as client:
        await client.connect()
        await client.login(bob.username, "secret")
        await client.sub("stream-room-messages", rid, False)
        # The streamer calls the core, and the core one service of its own from another.
        sent = await client.call("sendMessage", {"rid": rid, "msg": "over DDP"})
        assert (await client.event("stream-room-messages", rid))[0]["_id"] == sent["result"]["_id"]
        given = {"command": "topic", "params": "kites", "roomId": rid}
        ann.ok("POST", "v1/commands.run", given)
        assert ann.ok("GET", "v1/channels.info", {"roomId": rid})["channel"]["topic"] == "kites"
        await asyncio.to_thread(shared.settle)
        assert stored(shared, bob.id)["status"] == "online"
    shared.wait_for(lambda: stored(shared, bob.id)["status"] == "offline")


def test_items_of_queues_that_share_one_reach_their_own_consumers(shared: Workspace) -> None:
    ann = shared.person()
    rid = shared.channel(ann)["_id"]
    message = {"rid": rid, "msg": "see http://localhost/"}
    mid = ann.ok("POST", "v1/chat.sendMessage", {"message": message})["message"]["_id"]
    shared.settle()
    kept = shared.database["rocketchat_message"].find_one({"_id": mid}) or {}
    assert "previews" in kept["_contrail"]["after"]
    assert "pending" not in kept["_contrail"]
    for name in ("presence", "mails", "afterwards"):
        queue = shared.runtime.bus.queues[name]
        assert queue is shared.runtime.bus.queues["tasks"]
        assert not queue.dead
    assert shared.runtime.bus.queues["deliveries"] is shared.runtime.bus.queues["facts"]


def test_a_schedule_and_a_path_find_their_service(shared: Workspace) -> None:
    core = shared.runtime.functions["core"]
    for schedule in ("presence", "retention", "finish-renamings"):
        assert core({"schedule": schedule}) == {}
    for path, status in (("v1/me", 401), ("v1/rooms.get", 401), ("v1/nothing", 404)):
        assert shared.http("GET", path).status_code == status


def test_letters_leave_from_the_core_and_all_calls_are_granted(apart: IsolatedWorkspace) -> None:
    ann = apart.person()
    apart.admin.ok("POST", "v1/sendInvitationEmail", {"emails": ["zoe@example.com"]})
    ann.ok("POST", "v1/logout")
    apart.settle()
    seen = apart.runtime.calls.seen
    assert {"ses:SendEmail", "ssm:GetParameter", "sqs:SendMessage"} <= set(seen["core"])
    assert not apart.runtime.bus.queues["tasks"].dead
    wrong = [line for line in differences(seen, SHARED.functions) if "never calls" not in line]
    assert wrong == []
    assert "secretsmanager:GetSecretValue" not in {one for calls in seen.values() for one in calls}
