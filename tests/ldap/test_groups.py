"""Roles, channels and teams that follow the directory's groups: of the enterprise edition."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.ddp import Ddp
from tests.support.directory import Directed, as_json
from tests.support.scene import fresh
from tests.support.slapd import GROUPS, PASSWORD, PEOPLE, Slapd, group
from tests.support.workspace import Json, Person

OF_DN = "(&(cn=#{groupName})(member=#{userdn}))"
ALL_OF_DN = "(&(objectclass=groupOfNames)(member=#{userdn}))"


@pytest.fixture(scope="module")
def paid(mongo_uri: str, slapd: Slapd) -> object:
    workspace = Directed(mongo_uri, slapd, edition="enterprise")
    yield workspace
    workspace.stop()


@pytest.fixture
def member(paid: Directed, slapd: Slapd) -> tuple[str, str]:
    """Someone in the directory, and a group of theirs."""
    uid = paid.entry()
    name = fresh("g")
    slapd.add(group(name, f"uid={uid},{PEOPLE}", f"uid=crowd1,{PEOPLE}"))
    return uid, name


def leaves(slapd: Slapd, name: str) -> None:
    slapd.change(f"cn={name},{GROUPS}", member=[f"uid=crowd1,{PEOPLE}"])


def by_login(paid: Directed, uid: str) -> None:
    paid.signs_in(uid)


def by_sync(paid: Directed, uid: str) -> None:
    """Of this one person: the others of the directory would only take time."""
    with paid.given(User_Search_Filter=f"(uid={uid})"):
        paid.synchronize()


Way = Callable[[Directed, str], None]
both_ways = pytest.mark.parametrize("way", [by_login, by_sync])
strategies = pytest.mark.parametrize(
    ("strategy", "search"), [("each_group", OF_DN), ("once", ALL_OF_DN)]
)


def roles(name: str, wanted: object, search: str = OF_DN, strategy: str = "each_group") -> Json:
    return {
        "Sync_User_Data_Roles": True,
        "Sync_User_Data_RolesMap": as_json({name: wanted, "no-such-group": "bot"}),
        "Sync_User_Data_Roles_Filter": search,
        "Sync_User_Data_Roles_GroupMembershipValidationStrategy": strategy,
    }


@both_ways
@strategies
def test_groups_give_roles(
    paid: Directed, member: tuple[str, str], way: Way, strategy: str, search: str
) -> None:
    uid, name = member
    with paid.given(**roles(name, ["guest", "moderator", "no-such-role"], search, strategy)):
        way(paid, uid)
    assert sorted(paid.known(uid)["roles"]) == ["guest", "user"]


@both_ways
def test_roles_go_with_the_group_only_where_that_is_wanted(
    paid: Directed, slapd: Slapd, member: tuple[str, str], way: Way
) -> None:
    uid, name = member
    with paid.given(**roles(name, "guest")):
        way(paid, uid)
        leaves(slapd, name)
        way(paid, uid)
        assert sorted(paid.known(uid)["roles"]) == ["guest", "user"]
        with paid.given(Sync_User_Data_Roles_AutoRemove=True):
            way(paid, uid)
            assert paid.known(uid)["roles"] == ["user"]


async def test_who_loses_a_role_hears_no_more_of_what_it_opened(
    paid: Directed, slapd: Slapd, member: tuple[str, str]
) -> None:
    uid, name = member
    with paid.given(Sync_User_Data_Roles_AutoRemove=True, **roles(name, "admin")):
        person = paid.signs_in(uid)
        async with Ddp(paid.ws_url) as client:
            await client.connect()
            await client.resume(person.token)
            sub = await client.sub("stream-notify-logged", "private-settings-changed", False)
            leaves(slapd, name)
            by_login(paid, uid)
            ended = {"msg": "nosub", "id": sub["subs"][0]}
            await client.until(lambda frame: ended.items() <= frame.items())


def channels(name: str, *wanted: str) -> Json:
    return {
        "Sync_User_Data_Channels": True,
        "Sync_User_Data_ChannelsMap": as_json({name: list(wanted)}),
        "Sync_User_Data_Channels_Filter": OF_DN,
    }


def members_of(paid: Directed, room: str) -> set[str]:
    found = paid.database["rocketchat_room"].find_one({"name": room})
    assert found is not None, f"there is no room {room}"
    rows = paid.database["rocketchat_subscription"].find({"rid": found["_id"]})
    return {row["u"]["username"] for row in rows}


@both_ways
def test_groups_open_channels_which_are_made_where_they_are_missing(
    paid: Directed, slapd: Slapd, member: tuple[str, str], way: Way
) -> None:
    uid, name = member
    owner: Person = paid.person()
    there, missing = paid.channel(owner)["name"], fresh("new")
    with paid.given(**channels(name, there, missing)):
        way(paid, uid)
        assert members_of(paid, there) == {owner.username, uid}
        assert members_of(paid, missing) == {"rocket.cat", uid}
        leaves(slapd, name)
        way(paid, uid)
        assert uid in members_of(paid, there)
        with paid.given(Sync_User_Data_Channels_Enforce_AutoChannels=True):
            way(paid, uid)
        assert members_of(paid, there) == {owner.username}
        assert members_of(paid, missing) == {"rocket.cat"}
    room = paid.database["rocketchat_room"].find_one({"name": there})
    assert room is not None
    assert room["usersCount"] == 1


@both_ways
def test_groups_open_teams(paid: Directed, slapd: Slapd, member: tuple[str, str], way: Way) -> None:
    uid, name = member
    team = paid.admin.ok("POST", "v1/teams.create", {"name": fresh("team"), "type": 0})["team"]
    rows = paid.database["rocketchat_team_member"]
    with paid.given(
        Enable_LDAP_Groups_To_RC_Teams=True,
        Groups_To_Rocket_Chat_Teams=as_json({name: team["name"]}),
        Query_To_Get_User_Teams="(member=#{userdn})",
        Validate_Teams_For_Each_Login=True,
    ):
        way(paid, uid)
        theirs = {"teamId": team["_id"], "userId": paid.known(uid)["_id"]}
        assert rows.count_documents(theirs) == 1
        assert uid in members_of(paid, team["name"])
        leaves(slapd, name)
        way(paid, uid)
        assert rows.count_documents(theirs) == 0
        assert uid not in members_of(paid, team["name"])


def test_a_search_that_fails_keeps_nobody_out(paid: Directed, member: tuple[str, str]) -> None:
    uid, name = member
    with paid.given(**roles(name, "guest", "((")):
        paid.signs_in(uid)
    assert paid.known(uid)["roles"] == ["user"]


def test_without_the_edition_groups_mean_nothing(directed: Directed, slapd: Slapd) -> None:
    uid = directed.entry()
    name = fresh("g")
    slapd.add(group(name, f"uid={uid},{PEOPLE}"))
    with directed.given(**roles(name, "admin")):
        directed.signs_in(uid, PASSWORD)
    assert directed.known(uid)["roles"] == ["user"]
