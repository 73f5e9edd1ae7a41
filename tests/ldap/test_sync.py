"""Users brought in line with the directory by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.ddp import Ddp
from tests.support.directory import Directed, as_json
from tests.support.lines import Lines
from tests.support.people import made, stored
from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.slapd import PEOPLE, Slapd, person

FEW = 12
DECLARED = as_json({"job": {"type": "text"}, "office": {"type": "text"}})


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """A directory of this module's own: everybody in it becomes a user here."""
    people = [person(f"town{n}") for n in range(FEW)]
    slapd = Slapd(tmp_path_factory.mktemp("town"), people).start()
    yield slapd
    slapd.stop()


@pytest.fixture(scope="module")
def paid(mongo_uri: str, town: Slapd) -> Iterator[Directed]:
    workspace = Directed(
        mongo_uri, town, edition="enterprise", settings={"LDAP_Search_Page_Size": 5}
    )
    yield workspace
    workspace.stop()


def forget_the_run(workspace: Directed) -> None:
    """As if the lease of one that failed had ended."""
    workspace.database["contrail_runs"].delete_many({})


def tick(workspace: Directed) -> None:
    workspace.runtime.rpc.handlers["ldap"]({"schedule": "synchronize"})


def test_everybody_in_the_directory_becomes_a_user(paid: Directed) -> None:
    paid.synchronize()
    users = list(paid.database["users"].find({"ldap": True}))
    assert {f"town{n}" for n in range(FEW)} <= {user["username"] for user in users}
    someone = paid.known("town7")
    assert someone["services"]["ldap"]["idAttribute"] == "entryUUID"
    assert someone["emails"] == [{"address": "town7@example.com", "verified": True}]
    assert someone["roles"] == ["user"]
    inside = list(paid.database["rocketchat_subscription"].find({"rid": "GENERAL"}))
    assert {user["_id"] for user in users} <= {row["u"]["_id"] for row in inside}
    general = paid.database["rocketchat_room"].find_one({"_id": "GENERAL"})
    assert general is not None
    assert general["usersCount"] == len(inside)
    assert paid.signs_in("town7").id == someone["_id"]


def test_users_follow_what_changes_in_the_directory(paid: Directed, town: Slapd) -> None:
    uid = paid.entry("Old Name")
    paid.synchronize()
    before = paid.known(uid)
    town.change(f"uid={uid},{PEOPLE}", cn="New Name", mail=f"new-{uid}@example.com", title="Pilot")
    with paid.given(
        Sync_Custom_Fields=True,
        CustomFieldMap=as_json({"title": "customFields.job", "#{cn} / #{sn}": "office"}),
        Accounts_CustomFields=DECLARED,
    ):
        paid.synchronize()
        after = paid.known(uid)
        assert after["_id"] == before["_id"]
        assert after["name"] == "New Name"
        assert after["emails"] == [{"address": f"new-{uid}@example.com", "verified": True}]
        assert after["customFields"] == {"job": "Pilot", "office": "New Name / Name"}
        paid.synchronize()
    assert paid.known(uid)["_updatedAt"] == after["_updatedAt"], "nothing changed, nothing written"


async def test_open_clients_are_told_what_changed(paid: Directed, town: Slapd) -> None:
    uid = paid.entry("Before")
    someone = paid.signs_in(uid)
    async with Ddp(paid.ws_url) as client:
        await client.connect()
        await client.resume(someone.token)
        await client.sub("stream-notify-user", f"{someone.id}/userData", False)
        town.change(f"uid={uid},{PEOPLE}", cn="After")
        paid.synchronize()
        told = await client.until(lambda frame: "After" in str(frame))
    diff = told["fields"]["args"][0]["diff"]
    assert diff["name"] == "After"
    assert not [key for key in diff if key.startswith(("services", "_contrail"))]


def test_a_name_that_changed_reaches_its_copies(paid: Directed, town: Slapd) -> None:
    uid = paid.entry("Before")
    paid.synchronize()
    user = paid.known(uid)
    town.change(f"uid={uid},{PEOPLE}", cn="Afterwards")
    paid.synchronize()
    assert paid.known(uid)["_contrail"]["renamed"]["from"] == uid
    paid.database["users"].update_one(
        {"_id": user["_id"]},
        {"$set": {"_contrail.renamed.at": user["createdAt"].replace(year=2020)}},
    )
    paid.runtime.rpc.handlers["account"]({"schedule": "finish-renamings"})
    row = paid.database["rocketchat_subscription"].find_one({"u._id": user["_id"]})
    assert row is not None
    assert row["u"]["name"] == "Afterwards"
    assert "renamed" not in paid.known(uid)["_contrail"]


def test_new_people_are_left_out_where_only_known_ones_are_kept_up(
    paid: Directed, town: Slapd
) -> None:
    known, new = paid.entry("Known"), ""
    paid.synchronize()
    with paid.given(Background_Sync_Import_New_Users=False):
        new = paid.entry()
        town.change(f"uid={known},{PEOPLE}", cn="Kept Up")
        paid.synchronize()
        assert paid.stored(new) is None
        assert paid.known(known)["name"] == "Kept Up"
    with paid.given(Background_Sync_Keep_Existant_Users_Updated=False):
        town.change(f"uid={known},{PEOPLE}", cn="Ignored")
        paid.synchronize()
        assert paid.known(new)["ldap"] is True
        assert paid.known(known)["name"] == "Kept Up"


def test_local_users_are_merged_only_where_both_settings_say_so(paid: Directed) -> None:
    uid = paid.entry()
    own = made(paid, username=uid)
    for settings in (
        {"Merge_Existing_Users": True},
        {"Background_Sync_Merge_Existent_Users": True},
    ):
        with paid.given(**settings):
            paid.synchronize()
        assert "ldap" not in stored(paid, own["_id"])
    with paid.given(Merge_Existing_Users=True, Background_Sync_Merge_Existent_Users=True):
        paid.synchronize()
    assert stored(paid, own["_id"])["ldap"] is True


def test_one_whose_address_is_anothers_is_left_out_and_the_others_are_not(
    paid: Directed, lines: Lines
) -> None:
    clashing, fine = paid.entry(), paid.entry()
    made(paid, email=f"{clashing}@example.com")
    paid.synchronize()
    assert paid.stored(clashing) is None
    assert paid.known(fine)["ldap"] is True
    assert lines.named("directory synchronized")[-1]["skipped"] >= 1


def test_entries_with_the_address_of_anothers_user_or_a_blocked_name_are_left_out(
    paid: Directed,
) -> None:
    first = paid.entry()
    paid.synchronize()
    before = paid.known(first)["services"]["ldap"]
    second, blocked, team = paid.entry(mail=f"{first}@example.com"), paid.entry(), paid.entry()
    paid.admin.ok("POST", "v1/teams.create", {"name": team, "type": 0})
    names = f"someone,{blocked}"
    with setting(paid, "Accounts_BlockedUsernameList", names):
        paid.synchronize()
    assert paid.known(first)["services"]["ldap"] == before
    assert [paid.stored(name) for name in (second, blocked, team)] == [None] * 3


def test_who_is_there_under_another_id_stays_active_though_nothing_is_kept_up(
    paid: Directed,
) -> None:
    uid = paid.entry(employeeNumber=fresh("9"))
    paid.synchronize()
    off = {"Background_Sync_Keep_Existant_Users_Updated": False}
    with paid.given(
        Unique_Identifier_Field="employeeNumber,uid",
        Background_Sync_Disable_Missing_Users=True,
        **off,
    ):
        paid.synchronize()
    assert paid.known(uid)["active"] is True
    assert paid.known("town3")["active"] is True


def test_who_left_the_directory_is_deactivated_and_logged_out(
    paid: Directed, town: Slapd, lines: Lines
) -> None:
    leaving, staying, own = paid.entry(), paid.entry(), paid.person()
    gone = paid.signs_in(leaving)
    paid.signs_in(staying)
    town.remove(f"uid={leaving},{PEOPLE}")
    paid.synchronize()
    gone.ok("GET", "v1/me")
    with paid.given(Background_Sync_Disable_Missing_Users=True):
        with paid.given(User_Search_Filter="(objectclass=account)"):
            paid.synchronize()
            assert paid.known(leaving)["active"] is True, "a directory that seems empty"
        paid.synchronize()
    assert paid.known(leaving)["active"] is False
    assert gone.get("v1/me").status_code == 401
    assert paid.refuses(leaving)
    assert paid.known(staying)["active"] is True
    own.ok("GET", "v1/me")
    assert lines.named("directory synchronized")[-1]["deactivated"] == 1


def test_a_directory_that_fails_deactivates_nobody(paid: Directed, lines: Lines) -> None:
    """Half way through it, too: here it gives no more than some of its entries."""
    active = {"ldap": True, "active": True}
    paid.synchronize()
    before = paid.database["users"].count_documents(active)
    for broken in ({"Port": 1}, {"Search_Page_Size": 0, "Search_Size_Limit": 3}):
        with paid.given(Background_Sync_Disable_Missing_Users=True, **broken):
            paid.admin.ok("POST", "v1/ldap.syncNow")
            tick(paid)
            forget_the_run(paid)
        assert paid.database["users"].count_documents(active) == before
    said = [line["error"] for line in lines.named("directory failed")]
    assert said[0].startswith("connect: ")
    assert said[1] == "search: sizeLimitExceeded"


@pytest.mark.parametrize("follows", ["none", "disable", "both"])
def test_a_locked_account_is_a_deactivated_user_where_that_is_followed(
    paid: Directed, town: Slapd, follows: str
) -> None:
    uid = paid.entry()
    with paid.given(Sync_User_Active_State=follows):
        paid.synchronize()
        person = paid.signs_in(uid)
        town.change(f"uid={uid},{PEOPLE}", pwdAccountLockedTime="000001010000Z")
        paid.synchronize()
        assert paid.known(uid)["active"] is (follows == "none")
        assert (person.get("v1/me").status_code == 200) is (follows == "none")
        town.change(f"uid={uid},{PEOPLE}", pwdAccountLockedTime=[])
        paid.synchronize()
        assert paid.known(uid)["active"] is (follows != "disable")


def test_it_is_due_once_in_its_interval_and_only_where_it_is_on(
    paid: Directed, lines: Lines
) -> None:
    tick(paid)
    assert not lines.named("directory synchronized"), "it is off"
    with paid.given(Background_Sync=True, Background_Sync_Interval="every_1_hour"):
        forget_the_run(paid)
        tick(paid)
        tick(paid)
        assert len(lines.named("directory synchronized")) == 1
        runs = paid.database["contrail_runs"]
        run = runs.find_one({}) or {}
        hour_ago = run["last"].replace(hour=0, year=run["last"].year - 1)
        runs.update_one({}, {"$set": {"last": hour_ago}})
        tick(paid)
        assert len(lines.named("directory synchronized")) == 2


def test_of_several_at_once_one_does_it(paid: Directed, lines: Lines) -> None:
    paid.admin.ok("POST", "v1/ldap.syncNow")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tick, [paid] * 4))
    assert len(lines.named("directory synchronized")) == 1


def test_without_the_edition_the_clock_does_nothing(directed: Directed, lines: Lines) -> None:
    forget_the_run(directed)
    with directed.given(Background_Sync=True):
        tick(directed)
    assert directed.database["contrail_runs"].count_documents({}) == 0
    assert directed.stored("crowd3") is None
    assert not lines.named("directory synchronized")
