"""Logging in with a directory's password."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.counting import Calls
from tests.support.ddp import Ddp
from tests.support.directory import Directed
from tests.support.people import new, stored
from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.slapd import PASSWORD, PEOPLE, Slapd, group, person
from tests.support.workspace import Json, Workspace

UNAUTHORIZED = {
    "success": False,
    "status": "error",
    "error": "Unauthorized",
    "message": "Unauthorized",
}
LOCAL = "a-local-password"


def form(username: str, password: str = PASSWORD) -> Json:
    """What clients send where a workspace uses a directory."""
    return {"ldap": True, "username": username, "ldapPass": password, "ldapOptions": {}}


def local(workspace: Workspace, **more: object) -> Json:
    """Someone of the workspace's own, with the password `LOCAL`."""
    user: Json = workspace.admin.ok("POST", "v1/users.create", {**new(**more), "password": LOCAL})
    found: Json = user["user"]
    return found


def test_who_is_in_the_directory_logs_in_and_is_a_user_from_then_on(directed: Directed) -> None:
    uid = directed.entry("Ann Example")
    assert directed.stored(uid) is None
    person = directed.signs_in(uid)
    assert person.username == uid
    user = directed.known(uid)
    assert person.id == user["_id"]
    assert (user["name"], user["ldap"], user["roles"]) == ("Ann Example", True, ["user"])
    assert user["emails"] == [{"address": f"{uid}@example.com", "verified": True}]
    assert set(user["services"]["ldap"]) == {"id", "idAttribute"}
    assert user["services"]["ldap"]["idAttribute"] == "entryUUID"
    assert user["importIds"] == [f"uid={uid},{PEOPLE}"]
    assert "password" not in user["services"]
    assert directed.signs_in(uid).id == person.id


def test_a_new_user_is_in_the_default_channels_and_nobody_is_told(directed: Directed) -> None:
    person = directed.signs_in(directed.entry())
    rooms = person.ok("GET", "v1/channels.list.joined")["channels"]
    assert "GENERAL" in [room["_id"] for room in rooms]
    said = directed.database["rocketchat_message"].find_one({"t": "uj", "u._id": person.id})
    assert said is None


async def test_clients_log_in_over_ddp_by_the_form_for_directories(directed: Directed) -> None:
    uid = directed.entry()
    async with Ddp(directed.ws_url) as client:
        await client.connect()
        answer = await client.call("login", form(uid))
    assert answer["result"]["type"] == "ldap"
    assert answer["result"]["id"] == directed.known(uid)["_id"]


async def test_over_ddp_the_plain_form_is_for_local_passwords(directed: Directed) -> None:
    uid, own = directed.entry(), local(directed)
    async with Ddp(directed.ws_url) as client:
        await client.connect()
        plain = {"user": {"username": uid}, "password": PASSWORD}
        refused = await client.call("login", plain)
        assert refused["error"]["reason"] == "User not found"
        digest = hashlib.sha256(LOCAL.encode()).hexdigest()
        mine = {"digest": digest, "algorithm": "sha-256"}
        answer = await client.call(
            "login", {"user": {"username": own["username"]}, "password": mine}
        )
        assert answer["result"]["type"] == "password"


@pytest.mark.parametrize("password", ["wrong", "", " ", PASSWORD + "\0", PASSWORD.upper()])
def test_another_password_is_refused_and_makes_nobody(directed: Directed, password: str) -> None:
    """Not even an empty one, which a directory takes for a bind without a name."""
    uid = directed.entry()
    answer = directed.tries(uid, password)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert directed.stored(uid) is None


@pytest.mark.parametrize(
    "typed",
    ["*", "crowd*", "crowd1)(uid=crowd2", "crowd1)(|(uid=*", "\\2a", "crowd1\0", "(uid=crowd1)"],
)
def test_a_name_is_never_part_of_the_filter(directed: Directed, typed: str) -> None:
    assert directed.refuses(typed)
    assert directed.stored("crowd1") is None
    assert directed.stored("crowd2") is None


def test_a_name_that_several_bear_opens_nobodys_account(directed: Directed) -> None:
    name = fresh("Twins ")
    for _ in range(2):
        directed.entry(name)
    alone = fresh("Alone ")
    uid = directed.entry(alone)
    with directed.given(User_Search_Field="uid,cn"):
        assert directed.refuses(name)
        assert directed.signs_in(alone).username == uid


def test_local_people_log_in_beside_the_directory(directed: Directed) -> None:
    own = local(directed)
    for name in (own["username"], own["emails"][0]["address"]):
        assert directed.login(name, LOCAL).id == own["_id"]
    assert directed.refuses(own["username"], "wrong")


def test_the_directorys_people_need_the_directory_unless_the_workspace_falls_back(
    directed: Directed, slapd: Slapd
) -> None:
    uid = directed.entry()
    with directed.given(Login_Fallback=True):
        directed.signs_in(uid)
        with directed.given(Port=1):
            directed.signs_in(uid)
            assert directed.refuses(uid, "wrong")
        slapd.change(f"uid={uid},{PEOPLE}", userPassword="another-password")
        directed.signs_in(uid, "another-password")
        with directed.given(Port=1):
            directed.signs_in(uid, "another-password")
            assert directed.refuses(uid), "the password from before"
    with directed.given(Port=1):
        answer = directed.tries(uid, "another-password")
    assert (answer.status_code, answer.json()["message"]) == (401, "Login forbidden")


def test_a_name_that_is_a_local_users_is_theirs(directed: Directed) -> None:
    uid = directed.entry()
    own = local(directed, username=uid)
    answer = directed.tries(uid)
    text = (
        "LDAP Authentication succeeded, but there's already an existing user with provided "
        f"username [{uid}] in Mongo."
    )
    assert answer.status_code == 401
    assert answer.json()["error"] == "LDAP-login-error"
    assert answer.json()["message"] == text
    assert "ldap" not in stored(directed, own["_id"])
    assert directed.login(uid, LOCAL).id == own["_id"]


def test_local_users_are_merged_where_the_workspace_says_so(directed: Directed) -> None:
    uid = directed.entry("From The Directory")
    own = local(directed, username=uid)
    with directed.given(Merge_Existing_Users=True):
        assert directed.signs_in(uid).id == own["_id"]
    user = directed.known(uid)
    assert (user["ldap"], user["name"]) == (True, "From The Directory")
    assert user["services"]["ldap"]["idAttribute"] == "entryUUID"
    assert directed.signs_in(uid).id == own["_id"]
    assert directed.tries(uid, LOCAL).json()["message"] == "Login forbidden"


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_merges_only_if_it_was_verified(directed: Directed, verified: bool) -> None:
    """Anyone may register with the address of someone in the directory."""
    uid = directed.entry()
    own = local(directed, email=f"{uid}@example.com", verified=verified)
    with directed.given(Merge_Existing_Users=True):
        if verified:
            assert directed.signs_in(uid).id == own["_id"]
        else:
            assert directed.tries(uid).json()["error"] == "LDAP-login-error"
            assert "ldap" not in stored(directed, own["_id"])


@pytest.mark.parametrize("merging", [True, False])
def test_an_entry_with_the_address_of_another_does_not_open_that_ones_account(
    directed: Directed, merging: bool
) -> None:
    first = directed.entry()
    with directed.given(Merge_Existing_Users=merging):
        owner = directed.signs_in(first)
        before = stored(directed, owner.id)["services"]["ldap"]
        second = directed.entry(mail=f"{first}@example.com")
        assert directed.tries(second).json()["error"] == "LDAP-login-error"
    assert stored(directed, owner.id)["services"]["ldap"] == before
    assert directed.stored(second) is None
    assert directed.signs_in(first).id == owner.id


def test_an_entry_that_got_the_name_of_one_who_left_does_not_open_their_account(
    directed: Directed, slapd: Slapd
) -> None:
    uid = directed.entry()
    owner = directed.signs_in(uid)
    slapd.remove(f"uid={uid},{PEOPLE}")
    slapd.add(person(uid, "Someone Else", mail=f"new.{uid}@example.com"))
    assert directed.tries(uid).json()["error"] == "LDAP-login-error"
    assert stored(directed, owner.id)["name"] != "Someone Else"


def test_who_logs_in_twice_at_once_becomes_one_user(directed: Directed) -> None:
    uid = directed.entry()
    with ThreadPoolExecutor(4) as pool:
        people = list(pool.map(directed.signs_in, [uid] * 4))
    assert len({person.id for person in people}) == 1
    assert directed.database["users"].count_documents({"username": uid}) == 1


@pytest.mark.parametrize("search", ["member", "format"])
def test_the_group_filter_lets_in_who_is_in_the_group(
    directed: Directed, slapd: Slapd, search: str
) -> None:
    inside, outside, name = directed.entry(), directed.entry(), fresh("g")
    slapd.add(group(name, f"uid={inside},{PEOPLE}"))
    form = "#{userdn}" if search == "member" else f"uid=#{{username}},{PEOPLE}"
    with directed.given(
        Group_Filter_Enable=True,
        Group_Filter_ObjectClass="groupOfNames",
        Group_Filter_Group_Member_Attribute="member",
        Group_Filter_Group_Member_Format=form,
        Group_Filter_Group_Name=name,
    ):
        directed.signs_in(inside)
        assert directed.refuses(outside)
    assert directed.stored(outside) is None


async def test_who_is_deactivated_stays_out(directed: Directed) -> None:
    person = directed.signs_in(directed.entry())
    directed.database["users"].update_one({"_id": person.id}, {"$set": {"active": False}})
    answer = directed.tries(person.username)
    assert answer.json()["error"] == "error-user-is-not-activated"


def test_too_many_wrong_passwords_block_the_right_one(directed: Directed) -> None:
    uid = directed.entry()
    directed.signs_in(uid)
    with setting(directed, "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 2):
        for _ in range(2):
            assert directed.refuses(uid, "wrong")
        assert directed.tries(uid).json()["error"] == "error-login-blocked-for-user"


def test_asking_the_directory_costs_one_call(
    directed: Directed, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = directed.entry()
    directed.signs_in(uid)
    calls = Calls(monkeypatch)
    calls.watch(directed.runtime.rpc, "call")
    directed.signs_in(uid)
    assert calls.count == {"call": 1}
    with directed.given(Enable=False):
        calls.reset()
        assert directed.refuses(uid)
        assert calls.count == {}
