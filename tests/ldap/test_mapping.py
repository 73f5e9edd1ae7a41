"""What of an entry a user gets, by the workspace's settings."""

from __future__ import annotations

import pytest

from tests.support.directory import Directed, as_json
from tests.support.people import made, stored
from tests.support.scene import fresh
from tests.support.slapd import PEOPLE, Slapd


def test_names_come_from_attributes_or_are_made_of_them(directed: Directed) -> None:
    uid = directed.entry("Ann Bea", givenName="Ann", employeeNumber=fresh("e"))
    with directed.given(Username_Field="title,employeeNumber", Name_Field="#{sn}, #{givenName}"):
        user = directed.known(directed.signs_in(uid).username)
    assert user["username"].startswith("e")
    assert user["name"] == "Bea, Ann"


@pytest.mark.parametrize(
    ("written", "username"), [("Ünal O'Neil", "unal.oneil"), ("a+b c/d", "a.b.c.d")]
)
def test_usernames_are_made_of_plain_letters(
    directed: Directed, written: str, username: str
) -> None:
    uid, more = directed.entry(givenName=f"{written} {fresh('x')}"), "x"
    with directed.given(Username_Field="givenName"):
        found = directed.signs_in(uid).username
    assert found.startswith(f"{username}.{more}")
    assert found.isascii()


def test_who_has_no_username_that_is_valid_here_is_told_so(directed: Directed) -> None:
    uid = directed.entry("a b")
    with directed.given(Username_Field="cn"), directed.given(UTF8_Names_Slugify=False):
        assert directed.tries(uid).json()["error"] == "LDAP-login-error"
    assert directed.stored("a b") is None


def test_addresses_come_from_the_directory_or_from_the_default_domain(directed: Directed) -> None:
    many = fresh("m")
    several = directed.entry(mail=[f"{many}@example.com", f"{many}@example.org"])
    none = directed.entry(mail=[])
    odd = directed.entry(mail="no address")
    directed.signs_in(several)
    found = [one["address"] for one in directed.known(several)["emails"]]
    assert sorted(found) == [f"{many}@example.com", f"{many}@example.org"]
    directed.signs_in(odd)
    assert "emails" not in directed.known(odd)
    with directed.given(Default_Domain="example.net"):
        directed.signs_in(none)
    assert directed.known(none)["emails"][0]["address"] == f"{none}@example.net"


def test_addresses_count_as_verified_only_where_the_workspace_says_so(directed: Directed) -> None:
    uid = directed.entry()
    with directed.given(Accounts_Verify_Email_For_External_Accounts=False):
        directed.signs_in(uid)
        assert directed.known(uid)["emails"][0]["verified"] is False
    directed.signs_in(uid)
    assert directed.known(uid)["emails"][0]["verified"] is True


def test_data_follow_the_directory_at_login_unless_that_is_off(
    directed: Directed, slapd: Slapd
) -> None:
    uid = directed.entry("First")
    directed.signs_in(uid)
    slapd.change(f"uid={uid},{PEOPLE}", cn="Second")
    with directed.given(Update_Data_On_Login=False):
        directed.signs_in(uid)
        assert directed.known(uid)["name"] == "First"
    directed.signs_in(uid)
    assert directed.known(uid)["name"] == "Second"
    row = directed.database["rocketchat_subscription"].find_one({"u.username": uid})
    assert row is not None
    assert row["u"]["name"] == "Second"


def test_who_is_renamed_in_the_directory_stays_the_same_user(
    directed: Directed, slapd: Slapd
) -> None:
    uid, other = directed.entry(), fresh("d")
    person = directed.signs_in(uid)
    slapd.change(f"uid={uid},{PEOPLE}", title=other)
    with directed.given(Username_Field="title"):
        again = directed.signs_in(uid)
    assert (again.id, again.username) == (person.id, other)
    assert directed.stored(uid) is None


def test_a_name_that_was_taken_meanwhile_keeps_nobody_out(directed: Directed, slapd: Slapd) -> None:
    uid = directed.entry()
    person = directed.signs_in(uid)
    own = made(directed)
    slapd.change(f"uid={uid},{PEOPLE}", title=own["username"], mail=own["emails"][0]["address"])
    with directed.given(Username_Field="title"):
        again = directed.signs_in(uid)
    assert (again.id, again.username) == (person.id, uid)
    assert directed.known(uid)["emails"][0]["address"] == f"{uid}@example.com"
    assert stored(directed, own["_id"])["username"] == own["username"]


@pytest.mark.parametrize("field", ["employeeNumber", "no-such-attribute,uid"])
def test_people_are_known_again_by_the_attribute_that_the_workspace_names(
    directed: Directed, field: str
) -> None:
    number = fresh("9")
    uid = directed.entry(employeeNumber=number)
    with directed.given(Unique_Identifier_Field=field):
        directed.signs_in(uid)
    link = directed.known(uid)["services"]["ldap"]
    name, value = ("employeeNumber", number) if field == "employeeNumber" else ("uid", uid)
    assert link == {"id": value.encode().hex(), "idAttribute": name}
    assert directed.signs_in(uid).id == directed.known(uid)["_id"], "by name, and linked anew"


def test_active_directory_has_settings_of_its_own(directed: Directed) -> None:
    name, full = fresh("s"), fresh("Someone ")
    uid = directed.entry(full, employeeType=name)
    with directed.given(
        Server_Type="ad",
        AD_User_Search_Field="employeeType",
        AD_Username_Field="employeeType",
        AD_Name_Field="uid",
        AD_Email_Field="mail",
    ):
        person = directed.signs_in(name)
    assert person.username == name
    assert directed.known(name)["name"] == uid


def test_custom_fields_need_the_edition(directed: Directed) -> None:
    uid = directed.entry(title="Pilot")
    with directed.given(
        Accounts_CustomFields=as_json({"job": {"type": "text"}}),
        Sync_Custom_Fields=True,
        CustomFieldMap=as_json({"title": "job"}),
    ):
        directed.signs_in(uid)
    assert "customFields" not in directed.known(uid)
