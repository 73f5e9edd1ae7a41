"""The LDAP endpoints, and what only services may call."""

from __future__ import annotations

import pytest

from tests.support.ddp import Ddp
from tests.support.directory import Directed
from tests.support.lines import Lines
from tests.support.people import fails
from tests.support.scene import fresh, invoke
from tests.support.slapd import PASSWORD
from tests.support.workspace import Workspace

ROWS = ("ldap.testConnection", "ldap.testSearch", "ldap.syncNow")
SEARCH = {"username": "crowd1"}


@pytest.mark.parametrize("row", ROWS[:2])
def test_who_lacks_the_permission_learns_nothing(directed: Directed, row: str) -> None:
    fails(directed.person().post(f"v1/{row}", SEARCH), "error-not-authorized")


@pytest.mark.parametrize("row", ROWS[:2])
def test_without_a_directory_it_is_disabled(workspace: Workspace, row: str) -> None:
    fails(workspace.admin.post(f"v1/{row}", SEARCH), "LDAP_disabled")


def test_sync_now_asks_for_a_second_factor_where_there_is_no_licence(directed: Directed) -> None:
    """LDAP [/ldap.syncNow] should throw an error containing totp-required error when not
    running EE.
    """
    details = {"method": "password", "codeGenerated": False, "availableMethods": []}
    answer = directed.admin.post("v1/ldap.syncNow")
    fails(answer, "TOTP Required", "totp-required", details)


def test_sync_now_with_a_licence_says_that_there_is_no_directory(paid_without: Workspace) -> None:
    """LDAP [/ldap.syncNow] should throw an error of LDAP disabled when running EE."""
    fails(paid_without.admin.post("v1/ldap.syncNow"), "LDAP_disabled")
    fails(paid_without.person().post("v1/ldap.syncNow"), "error-not-authorized")


@pytest.fixture(scope="module")
def paid_without(mongo_uri: str) -> object:
    workspace = Workspace(mongo_uri, edition="enterprise")
    yield workspace
    workspace.stop()


def test_the_connection_is_tried(directed: Directed, lines: Lines) -> None:
    test = "v1/ldap.testConnection"
    assert directed.admin.ok("POST", test)["message"] == "Connection_success"
    for wrong in (
        {"Port": 1},
        {"Host": ""},
        {"Authentication_Password": "wrong"},
        {"Encryption": "ssl"},
    ):
        with directed.given(**wrong):
            fails(directed.admin.post(test), "Connection_failed")
    assert len(lines.named("directory failed")) == 4


def test_someone_is_searched_for(directed: Directed) -> None:
    uid = directed.entry("Somebody Else")
    test = "v1/ldap.testSearch"
    found = directed.admin.ok("POST", test, {"username": uid})
    assert found["message"] == "LDAP_User_Found"
    assert directed.stored(uid) is None
    for nobody in (fresh("n"), "", "*", "crowd*", f"{uid})(uid=*", "crowd1)(|(uid=crowd2"):
        fails(directed.admin.post(test, {"username": nobody}), "User not found")
    fails(directed.admin.post(test, {}), "Match error: Missing key 'username'")
    with directed.given(Port=1):
        fails(directed.admin.post(test, {"username": uid}), "Connection_failed")


async def test_what_services_ask_each_other_clients_cannot_call(directed: Directed) -> None:
    """It is answered like a method that does not exist, logged in or not."""
    given = [directed.entry(), PASSWORD]
    for person in (None, directed.admin):
        answer = invoke(directed, person, "ldap:login", given)
        unknown = invoke(directed, person, "ldap:logim", given)
        unknown["error"] = {
            key: value.replace("logim", "login") if isinstance(value, str) else value
            for key, value in unknown["error"].items()
        }
        assert answer == unknown
        async with Ddp(directed.ws_url) as client:
            await client.connect()
            if person:
                await client.resume(person.token)
            answer = await client.call("ldap:login", *given)
            assert answer["error"]["error"] == 404
            assert answer["error"]["reason"] == "Method 'ldap:login' not found"
    assert directed.stored(given[0]) is None
