"""What work after messages costs, and that it is done once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contrail.domain import afterwards
from tests.support.counting import Calls, Commands
from tests.support.events import batch, record
from tests.support.pages import Pages, workspace_among
from tests.support.scene import fresh
from tests.support.talking import got, sent

SEND = ["aggregate users", "aggregate rocketchat_subscription", "findAndModify rocketchat_room"]
SEND += ["insert rocketchat_message", "findAndModify rocketchat_room"]
OG = '<meta property="og:title" content="Title">'


def test_a_send_with_links_costs_what_any_send_costs(
    mongo_uri: str, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands()
    workspace = workspace_among(mongo_uri, pages, listeners=(commands,))
    try:
        calls = Calls(monkeypatch)
        calls.watch(workspace.runtime.bus, "publish", "enqueue")
        ann = workspace.person()
        rid = workspace.channel(ann)["_id"]
        url = pages.page(f"{fresh('p')}.example/", OG)
        sent(ann, rid, url)
        workspace.settle()
        commands.reset()
        calls.reset()
        before = len(pages.asked)
        message = sent(ann, rid, f"{url} {url}x")
        workspace.settle()
        assert commands.seen[:5] == SEND
        cache = [one for one in commands.seen if "oembed" in one]
        assert cache == ["find rocketchat_oembed_cache"] * 2, "a page that fails is not kept"
        assert calls.count == {"publish": 2, "enqueue": 1}, "the message, and its change"
        assert len(pages.asked) == before + 1, "what is known is not asked again"
        assert [bool(one["meta"]) for one in got(ann, message["_id"])["urls"]] == [True, False]
    finally:
        workspace.stop()


def test_work_that_is_delivered_again_changes_nothing(
    mongo_uri: str, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = workspace_among(mongo_uri, pages)
    try:
        items: list[tuple[Any, Any]] = []
        real: Callable[..., Any] = workspace.runtime.bus.enqueue

        def kept(queue: str, body: str, **more: Any) -> None:
            items.extend([(body, more)] if queue == afterwards.QUEUE else [])
            real(queue, body, **more)

        monkeypatch.setattr(workspace.runtime.bus, "enqueue", kept)
        ann = workspace.person()
        rid = workspace.channel(ann)["_id"]
        message = sent(ann, rid, pages.page(f"{fresh('p')}.example/", OG))
        workspace.settle()
        first = got(ann, message["_id"])
        ((body, more),) = items
        assert json.loads(body)["kind"] == "previews"
        again = batch(record("afterwards", more["group"], body, 2, more["dedup"]))
        assert workspace.runtime.functions["messaging"](again) == {"batchItemFailures": []}
        workspace.settle()
        assert got(ann, message["_id"]) == first
        gone = json.dumps({**json.loads(body), "mid": "nobody"})
        lost = batch(record("afterwards", "g", gone))
        assert workspace.runtime.functions["messaging"](lost) == {"batchItemFailures": []}
    finally:
        workspace.stop()
