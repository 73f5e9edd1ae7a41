"""The sockets port against a server that answers as the management API does."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from botocore.credentials import ReadOnlyCredentials

from contrail.ports.aws import sockets as module
from contrail.ports.aws.endpoint import Endpoint
from contrail.ports.aws.signing import Signer, encoded
from contrail.ports.aws.sockets import (
    AT_ONCE,
    CROWD,
    THROTTLED_WAIT,
    TRIES,
    ManagementSockets,
    PostRefusedError,
)
from contrail.shapes.logs import CORRELATION
from tests.ports.conftest import REGION, Server

ID = "L0SM9cOFvHcCIhw="


class Naps:
    """Instead of sleeping: how long it would have been."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def opening() -> dict[str, float]:
    """How long the handshake of a connection may still take; 0 for the others."""
    return {}


@pytest.fixture
def sockets(server: Server, naps: Naps, opening: dict[str, float]) -> ManagementSockets:
    credentials = ReadOnlyCredentials("AKIA", "secret", "token")
    signer = Signer("execute-api", REGION, lambda: credentials)
    endpoint = Endpoint(f"{server.url}/websocket", signer, 2 * AT_ONCE)
    return ManagementSockets(endpoint, lambda one: opening.get(one, 0.0), naps)


def _at(connection_id: str) -> str:
    return f"/websocket/@connections/{encoded(connection_id)}"


def _methods(server: Server, connection_id: str) -> list[str]:
    return [one.method for one in server.seen if one.path == _at(connection_id)]


def test_frames_arrive_in_order(server: Server, sockets: ManagementSockets) -> None:
    assert sockets.post(ID, "a", "é", "c")
    assert server.bodies("/websocket/@connections/L0SM9cOFvHcCIhw%3D") == ["a", "é", "c"]


def test_the_gone_are_named_and_get_nothing_more(
    server: Server, sockets: ManagementSockets, naps: Naps
) -> None:
    server.always = {_at("gone="): 410}
    assert not sockets.post("gone=", "a", "b")
    assert server.bodies(_at("gone=")) == ["a"]
    posts = [("here=", "a"), ("gone=", "a"), ("here=", "b"), ("gone=", "b")]
    assert sockets.post_all(posts) == {"gone="}
    assert server.bodies(_at("here=")) == ["a", "b"]
    assert server.bodies(_at("gone=")) == ["a", "a"]
    assert naps.taken == []


def test_many_are_posted_to_at_once_but_each_in_order(
    server: Server, sockets: ManagementSockets
) -> None:
    server.slow = 0.01
    names = [f"c{n}=" for n in range(2 * AT_ONCE)]
    assert sockets.post_all([(name, str(n)) for n in range(3) for name in names]) == set()
    assert all(server.bodies(_at(name)) == ["0", "1", "2"] for name in names)
    assert server.most_per_path == 1
    assert 4 < server.most_at_once <= AT_ONCE


def test_nothing_to_post_is_no_call(server: Server, sockets: ManagementSockets) -> None:
    assert sockets.post_all([]) == set()
    assert sockets.post(ID)
    assert server.seen == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_throttling_and_errors_are_waited_out(
    server: Server, sockets: ManagementSockets, naps: Naps, status: int
) -> None:
    server.answer(_at(ID), status, status, 200)
    assert sockets.post(ID, "a", "b")
    assert server.bodies(_at(ID)) == ["a", "a", "a", "b"]
    first, second = naps.taken
    assert 0.05 <= first <= 0.1 <= second <= 0.2


def test_waits_are_spread(server: Server, sockets: ManagementSockets, naps: Naps) -> None:
    for _ in range(5):
        server.answer(_at(ID), 429, 200)
        sockets.post(ID, "a")
    assert len(set(naps.taken)) > 1


def test_where_the_account_is_throttled_nobody_is_given_up(
    server: Server, sockets: ManagementSockets, naps: Naps
) -> None:
    ids = [f"one{number}=" for number in range(CROWD)]
    for one in ids:
        server.answer(_at(one), 429, 200)
        assert sockets.post(one, "a")
        server.answer(_at(one), *[429] * (2 * TRIES), 200)
    assert sockets.post_all([(one, "b") for one in ids]) == set()
    assert all(server.bodies(_at(one)).count("b") == 2 * TRIES + 1 for one in ids)
    assert max(naps.taken) <= THROTTLED_WAIT


def test_a_connection_that_takes_nothing_is_closed_and_counts_as_gone(
    server: Server, sockets: ManagementSockets, naps: Naps
) -> None:
    server.answer(_at("slow="), *[429] * 6, 204)
    assert sockets.post_all([("slow=", "a"), ("slow=", "b"), ("other=", "a")]) == {"slow="}
    assert _methods(server, "slow=") == ["POST"] * 6 + ["DELETE"]
    assert server.bodies(_at("other=")) == ["a"]
    assert sum(naps.taken) < 10


def test_an_outage_is_an_error_not_a_lost_frame(server: Server, sockets: ManagementSockets) -> None:
    names = [f"c{n}=" for n in range(200)]
    server.always = {_at(name): 503 for name in names}
    with pytest.raises(OSError, match="503"):
        sockets.post_all([(name, "a") for name in names])
    assert len({one.path for one in server.seen}) < 100, "it gives up before it has tried all"
    with pytest.raises(OSError, match="503"):
        sockets.post(names[0], "a")


def test_a_server_that_does_not_answer_is_not_waited_for(
    server: Server, sockets: ManagementSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.4)
    server.answer(_at(ID), 0, 200)
    started = time.monotonic()
    assert sockets.post(ID, "a")
    assert time.monotonic() - started < 4
    assert server.bodies(_at(ID)) == ["a", "a"], "the answer may have got lost, the frame may not"


def test_a_refusal_is_raised_at_once(server: Server, sockets: ManagementSockets) -> None:
    server.answer(_at(ID), 403)
    with pytest.raises(PostRefusedError):
        sockets.post(ID, "a")
    assert len(server.seen) == 1


def test_a_frame_too_large_is_logged_and_dropped(
    server: Server, sockets: ManagementSockets, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer(_at(ID), 413)
    with caplog.at_level(logging.WARNING, "contrail"):
        assert sockets.post(ID, "secret" * 9, "b")
    assert server.bodies(_at(ID)) == ["secret" * 9, "b"]
    [line] = caplog.records
    assert line.__dict__["fields"] == {"connection_id": ID, "size": 54}


def test_one_whose_handshake_is_not_over_is_not_taken_as_gone(
    server: Server, sockets: ManagementSockets, naps: Naps, opening: dict[str, float]
) -> None:
    opening[ID] = 10.0
    server.answer(_at(ID), 410, 410, 410, 410, 200)
    assert sockets.post(ID, "a")
    assert 0 < sum(naps.taken) < 10


def test_one_that_never_opened_is_gone_when_its_time_is_up(
    server: Server, sockets: ManagementSockets, naps: Naps, opening: dict[str, float]
) -> None:
    opening[ID] = 10.0
    server.always = {_at(ID): 410}
    assert not sockets.post(ID, "a")
    assert 10 <= sum(naps.taken) <= 12


def test_closing_ends_a_connection_and_never_fails(
    server: Server, sockets: ManagementSockets, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer(_at(ID), 204, 410, 500, 204)
    for _ in range(3):
        sockets.close(ID)
    assert _methods(server, ID) == ["DELETE"] * 4
    assert not caplog.records
    server.always = {_at(ID): 500}
    sockets.close(ID)
    assert [one.message for one in caplog.records] == ["connection not closed"]


def test_log_lines_of_posts_bear_the_correlation_id(
    server: Server, sockets: ManagementSockets, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def look(_: logging.LogRecord) -> bool:
        seen.append(CORRELATION.get())
        return True

    names = [f"c{n}=" for n in range(8)]
    server.always = {_at(name): 413 for name in names}
    caplog.handler.addFilter(look)
    token = CORRELATION.set("one-request")
    try:
        sockets.post_all([(name, "a") for name in names])
    finally:
        CORRELATION.reset(token)
    assert seen == ["one-request"] * 8


def test_batches_of_several_threads_share_the_workers(
    server: Server, sockets: ManagementSockets
) -> None:
    server.slow = 0.005
    gone: list[set[str]] = []

    def post(turn: int) -> None:
        gone.append(sockets.post_all([(f"t{turn}-{n}=", "a") for n in range(40)]))

    threads = [threading.Thread(target=post, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gone == [set()] * 4
    assert len(server.seen) == 160
    assert server.most_at_once <= AT_ONCE


def test_nothing_is_concluded_of_a_connection_from_an_answer_that_says_nothing(
    server: Server, sockets: ManagementSockets
) -> None:
    server.always = {_at(ID): 503}
    with pytest.raises(ConnectionError):
        sockets.last_active(ID)
