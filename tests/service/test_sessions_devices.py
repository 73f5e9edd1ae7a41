"""Devices: what a login is remembered by, lists of them, and logging one of them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contrail.domain.devices import device_of
from contrail.domain.tokens import hash_token
from tests.support.ddp import Ddp
from tests.support.scene import refused
from tests.support.workspace import Json, Person, Workspace

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
CHROME += "Chrome/113.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 "
IPHONE += "(KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1"
NOT_FOUND: Json = {"success": False, "error": "Session not found"}


@pytest.fixture(scope="module")
def licensed(mongo_uri: str) -> Iterator[Workspace]:
    workspace = Workspace(mongo_uri, edition="enterprise")
    yield workspace
    workspace.stop()


def _log_in(person: Person, agent: str) -> Person:
    given = {"user": person.username, "password": "secret"}
    headers = {"User-Agent": agent}
    data = person.workspace.http("POST", "v1/login", json=given, headers=headers).json()["data"]
    return Person(person.workspace, person.id, data["authToken"], person.username)


def _listed(person: Person, **query: Any) -> list[Json]:
    rows: list[Json] = person.ok("GET", "v1/sessions/list", query)["sessions"]
    return rows


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (CHROME, ("browser", "Chrome", "113.0.0", "113.0.0.0", "Windows", "10.0")),
        (
            CHROME.replace("Windows NT 10.0; Win64; x64", "X11; Linux x86_64") + " Edg/112.0.1.2",
            ("browser", "Edge", "112.0.1", "112.0.1.2", "Linux", ""),
        ),
        (IPHONE, ("mobile", "Safari", "16.5", "16.5", "iOS", "16.5")),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:109.0) Gecko/20100101 Firefox/113.0",
            ("browser", "Firefox", "113.0", "113.0", "Mac OS", "10.15"),
        ),
        (
            "RC Mobile; android 13; v4.38.0 (9001)",
            ("mobile-app", "Rocket.Chat", "4.38.0", "4.38.0", "Android", "13"),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Rocket.Chat/3.9.2 "
            "Chrome/110.0 Electron/23.1 Safari/537.36",
            ("desktop-app", "Rocket.Chat", "3.9.2", "3.9.2", "Linux", ""),
        ),
        ("python-requests/2.31.0", ("other", "python-requests", "2.31.0", "2.31.0", "", "")),
        ("", ("other", "", "", "", "", "")),
        ("\0(((" + "Chrome" * 80, ("other", "", "", "", "", "")),
    ],
)
def test_a_device_is_read_off_the_user_agent(agent: str, expected: tuple[str, ...]) -> None:
    found = device_of(agent)
    names = (found["type"], found["name"], found["version"], found["longVersion"])
    assert (*names, found["os"]["name"], found["os"]["version"]) == expected


def test_a_login_is_stored_as_the_api_stores_it(workspace: Workspace) -> None:
    person = _log_in(workspace.person(), CHROME)
    stored = workspace.database["rocketchat_sessions"].find_one(
        {"loginToken": hash_token(person.token)}
    )
    assert stored is not None
    assert stored["userId"] == person.id
    assert (stored["type"], stored["ip"], stored["roles"]) == ("session", "127.0.0.1", ["user"])
    assert stored["mostImportantRole"] == "user"
    assert stored["device"]["name"] == "Chrome"
    when = stored["loginAt"]
    assert (stored["year"], stored["month"], stored["day"]) == (when.year, when.month, when.day)
    ids = f"{stored['sessionId']}{person.id}"
    assert stored["searchTerm"] == f"ChromebrowserWindows{ids}"


async def test_resuming_goes_on_with_the_same_session(licensed: Workspace) -> None:
    person = licensed.person()
    for _ in range(2):
        async with Ddp(licensed.ws_url) as client:
            await client.connect()
            await client.resume(person.token)
    assert len(_listed(person)) == 1


def test_ones_own_are_listed_newest_first_and_found_by_words(licensed: Workspace) -> None:
    person = licensed.person()
    _log_in(person, CHROME)
    _log_in(person, IPHONE)
    rows = _listed(person)
    assert [row["device"]["name"] for row in rows] == ["Safari", "Chrome", "python-requests"]
    assert [row["current"] for row in rows] == [False, False, True]
    assert {row["userId"] for row in rows} == {person.id}
    assert [row["device"]["name"] for row in _listed(person, filter="windows")] == ["Chrome"]
    assert _listed(person, filter=".*") == []
    page = person.ok("GET", "v1/sessions/list", {"count": 1, "offset": 1})
    assert (page["count"], page["offset"], page["total"]) == (1, 1, 3)
    assert page["sessions"] == rows[1:2]


def test_a_session_tells_of_its_device_and_never_of_its_token(licensed: Workspace) -> None:
    person, other = licensed.person(), licensed.person()
    (row,) = _listed(person)
    answer = person.get("v1/sessions/info", sessionId=row["sessionId"])
    assert hash_token(person.token) not in answer.text
    assert answer.json()["searchTerm"].endswith(person.id)
    refused(other.get("v1/sessions/info", sessionId=row["sessionId"]), 400, NOT_FOUND)
    query = {"sessionId": row["sessionId"]}
    assert licensed.admin.ok("GET", "v1/sessions/info.admin", query)["userId"] == person.id
    listed = licensed.admin.ok("GET", "v1/sessions/list.all", {"filter": person.id})["sessions"]
    assert [one["_user"]["username"] for one in listed] == [person.username]


@pytest.mark.parametrize("who", ["own", "admin"])
async def test_logging_a_device_out_ends_its_login_and_tells_it(
    licensed: Workspace, who: str
) -> None:
    person, other = licensed.person(), licensed.person()
    device = _log_in(person, CHROME)
    given = {"sessionId": _listed(person, filter="Chrome")[0]["sessionId"]}
    refused(other.post("v1/sessions/logout.me", given), 400, NOT_FOUND)
    assert other.post("v1/sessions/logout", given).status_code == 403
    event = f"{person.id}/force_logout"
    async with Ddp(licensed.ws_url) as client:
        await client.connect()
        await client.resume(device.token)
        await client.sub("stream-notify-user", event, False)
        path = "v1/sessions/logout.me" if who == "own" else "v1/sessions/logout"
        sender = person if who == "own" else licensed.admin
        assert sender.ok("POST", path, given)["sessionId"] == given["sessionId"]
        assert await client.event("stream-notify-user", event) == []
        assert await client.closed() == 1001
    assert device.get("v1/me").status_code == 401
    person.ok("GET", "v1/me")
    assert _listed(person, filter="Chrome") == []


def test_every_way_out_ends_the_session(licensed: Workspace) -> None:
    person = licensed.person()
    first, second = _log_in(person, CHROME), _log_in(person, IPHONE)
    first.ok("POST", "v1/logout")
    assert [row["device"]["name"] for row in _listed(person)] == ["Safari", "python-requests"]
    person.ok("POST", "v1/users.removeOtherTokens")
    assert [row["current"] for row in _listed(person)] == [True]
    assert second.get("v1/me").status_code == 401


def test_without_the_edition_no_devices_are_shown(workspace: Workspace) -> None:
    person = workspace.person()
    for path in ("v1/sessions/list", "v1/sessions/info"):
        answer = person.get(path, sessionId="x")
        refused(answer, 403, {"success": False, "error": "unauthorized"})
