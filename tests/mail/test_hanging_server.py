"""A mail server that says nothing, where letters share a queue with presence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from contrail.domain import mail, mail_carriers
from contrail.ports.smtp import SmtpMail
from infra.context import PROFILES
from infra.profiles import SHARED
from local.runtime import SHARED_WORKERS, Runtime
from tests.support.ddp import Ddp
from tests.support.people import stored
from tests.support.smtp import Sink
from tests.support.workspace import Workspace

LETTERS = 40
"""More than may be under way at once."""


@pytest.fixture
def hanging(mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    sink = Sink(tmp_path, silent=True)
    # None of them gives up before this test is over.
    monkeypatch.setattr(mail_carriers, "SmtpMail", partial(SmtpMail, timeout=600.0))
    workspace = Workspace(
        mongo_uri, make=partial(Runtime, topology=SHARED), overwrites=sink.overwrites
    )
    yield workspace
    sink.stop()
    workspace.stop()


async def test_presence_goes_on_while_letters_hang(hanging: Workspace) -> None:
    ann = hanging.person()
    to = [f"a{number}@example.com" for number in range(LETTERS)]
    for some in (to[: LETTERS // 2], to[LETTERS // 2 :]):
        hanging.admin.ok("POST", "v1/sendInvitationEmail", {"emails": some})
    tasks = hanging.runtime.bus.queues["tasks"]
    async with Ddp(hanging.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await asyncio.to_thread(
            hanging.wait_for, lambda: stored(hanging, ann.id)["status"] == "online", 60
        )
    await asyncio.to_thread(
        hanging.wait_for, lambda: stored(hanging, ann.id)["status"] == "offline", 60
    )
    assert not tasks.idle(), "the letters are still there"
    assert not tasks.dead


def test_letters_leave_half_of_a_shared_queue_to_others() -> None:
    assert PROFILES["idle"].polls == SHARED_WORKERS
    assert mail.LANES <= SHARED_WORKERS // 2
