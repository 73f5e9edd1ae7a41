"""Which account a login service opens: its own, one that it may take over, or a new one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from contrail.domain.users import digest
from tests.support.logins import (
    TAKEN,
    account,
    add_service,
    configure,
    credential,
    log_in,
    of,
    opened,
    refused,
    rest_login,
)
from tests.support.people import edited, stored
from tests.support.provider import CLIENT, Provider, client_of
from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

MERGING = "merging"
"""The service that may take over accounts; the other may not."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider([client_of(name, name) for name in (CLIENT, MERGING, "byname", "plain")])
    yield made
    made.stop()


@pytest.fixture(scope="module")
def workspace(mongo_uri: str, provider: Provider) -> Iterator[Workspace]:
    made = Workspace(mongo_uri, allowed_private_hosts=provider.host)
    add_service(made, provider, CLIENT, key_field="email")
    add_service(made, provider, MERGING, key_field="email", merge_users=True)
    yield made
    made.stop()


def people(workspace: Workspace) -> int:
    return int(workspace.database["users"].count_documents({}))


def test_an_account_with_a_verified_address_is_taken_over_with_its_password(
    workspace: Workspace, provider: Provider
) -> None:
    person = workspace.person(verified=True)
    user = opened(workspace, log_in(workspace, MERGING, of(person, provider)))
    assert user["_id"] == person.id
    assert (user["username"], user["services"][MERGING]["name"]) == (person.username, "Nell")
    workspace.login(person.username, "secret")
    person.ok("GET", "v1/me")


def test_whoever_registered_with_a_strangers_address_keeps_nothing_of_the_account(
    workspace: Workspace, provider: Provider
) -> None:
    """They never proved that the address is theirs; who comes with it from the provider did."""
    squatter = workspace.person(verified=False)
    user = opened(workspace, log_in(workspace, MERGING, of(squatter, provider)))
    assert user["_id"] == squatter.id
    assert user["emails"][0]["verified"] is True
    assert (user["requirePasswordChange"], "password" in user["services"]) == (True, False)
    assert squatter.get("v1/me").status_code == 401
    refused(rest_login(workspace, user=squatter.username, password="secret"), "Unauthorized")


def test_an_address_that_the_provider_has_not_verified_opens_nothing(
    workspace: Workspace, provider: Provider
) -> None:
    person = workspace.person(verified=True)
    before = people(workspace)
    login = log_in(workspace, MERGING, of(person, provider, email_verified=False))
    refused(login, TAKEN)
    assert (people(workspace), MERGING in stored(workspace, person.id)["services"]) == (
        before,
        False,
    )


def test_a_service_that_merges_nobody_takes_over_no_account(
    workspace: Workspace, provider: Provider
) -> None:
    person = workspace.person(verified=True)
    before = people(workspace)
    refused(log_in(workspace, CLIENT, of(person, provider)), TAKEN)
    assert people(workspace) == before


def test_an_account_of_somebody_else_at_the_service_is_not_taken_over(
    workspace: Workspace, provider: Provider
) -> None:
    first = account(provider, email="shared@example.com")
    opened(workspace, log_in(workspace, MERGING, first))
    refused(log_in(workspace, MERGING, account(provider, email="shared@example.com")), TAKEN)


def test_accounts_of_other_services_are_merged_only_where_the_settings_say_so(
    workspace: Workspace, provider: Provider
) -> None:
    mine = account(provider)
    user = opened(workspace, log_in(workspace, CLIENT, mine))
    refused(log_in(workspace, MERGING, mine), TAKEN)
    configure(workspace, MERGING, merge_users_distinct_services=True)
    both = opened(workspace, log_in(workspace, MERGING, mine))
    configure(workspace, MERGING, merge_users_distinct_services=False)
    assert (both["_id"], {CLIENT, MERGING} <= set(both["services"])) == (user["_id"], True)
    assert opened(workspace, log_in(workspace, CLIENT, mine))["_id"] == user["_id"]


def test_by_username_where_that_is_the_key(workspace: Workspace, provider: Provider) -> None:
    service = add_service(workspace, provider, "byname", key_field="username")
    person = workspace.person()
    mine = account(provider, preferred_username=person.username.upper(), email="")
    refused(log_in(workspace, service, mine), TAKEN)
    configure(workspace, service, merge_users=True)
    assert opened(workspace, log_in(workspace, service, mine))["_id"] == person.id


def test_an_imported_account_is_known_by_the_services_id(
    workspace: Workspace, provider: Provider
) -> None:
    person, mine = workspace.person(), account(provider)
    link = {"$set": {f"services.{CLIENT}.id": mine}}
    workspace.database["users"].update_one({"_id": person.id}, link)
    for _ in range(2):
        assert opened(workspace, log_in(workspace, CLIENT, mine))["_id"] == person.id
    assert stored(workspace, person.id)["_contrail"]["external"] == [f"{CLIENT}:{mine}"]


def test_of_two_first_logins_at_once_one_makes_the_account(
    workspace: Workspace, provider: Provider
) -> None:
    mine = account(provider)
    given = [credential(workspace, CLIENT, mine) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda one: rest_login(workspace, oauth=one), given))
    assert len({opened(workspace, answer)["_id"] for answer in answers}) == 1


def test_one_credential_makes_one_session(workspace: Workspace, provider: Provider) -> None:
    given = credential(workspace, CLIENT, account(provider))
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: rest_login(workspace, oauth=given), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


def test_without_a_username_field_people_choose_their_username_afterwards(
    workspace: Workspace, provider: Provider
) -> None:
    service = add_service(workspace, provider, "plain", username_field="")
    mine = account(provider, name="Ann Onymous")
    answer = log_in(workspace, service, mine)
    user = opened(workspace, answer)
    assert "username" not in user
    data = answer.json()["data"]
    person = Person(workspace, data["userId"], data["authToken"], "")
    suggested = person.ok("GET", "v1/users.getUsernameSuggestion")["result"]
    assert suggested == "ann.onymous"


def test_a_username_that_is_taken_or_blocked_makes_no_account(
    workspace: Workspace, provider: Provider
) -> None:
    before = people(workspace)
    person = workspace.person()
    taken = account(provider, preferred_username=person.username)
    refused(log_in(workspace, CLIENT, taken), TAKEN)
    refused(log_in(workspace, CLIENT, account(provider, preferred_username="a b/c")), TAKEN)
    blocked = account(provider, preferred_username="admin")
    refused(log_in(workspace, CLIENT, blocked), "error-blocked-username")
    assert people(workspace) == before + 1


def test_settings_say_who_may_come_and_as_what(workspace: Workspace, provider: Provider) -> None:
    prefix = "Accounts_Registration_AuthenticationServices"
    known = account(provider)
    opened(workspace, log_in(workspace, CLIENT, known))
    with setting(workspace, f"{prefix}_Enabled", False):
        code = "registration-disabled-authentication-services"
        refused(log_in(workspace, CLIENT, account(provider)), code)
        assert log_in(workspace, CLIENT, known).status_code == 200
    with setting(workspace, f"{prefix}_Default_Roles", "user, bot"):
        assert opened(workspace, log_in(workspace, CLIENT, account(provider)))["roles"] == [
            "user",
            "bot",
        ]
    with setting(workspace, "Accounts_Verify_Email_For_External_Accounts", False):
        user = opened(workspace, log_in(workspace, CLIENT, account(provider)))
        assert user["emails"][0]["verified"] is False
    with setting(workspace, "Accounts_AllowedDomainsList", "allowed.example"):
        refused(log_in(workspace, CLIENT, account(provider)), "error-invalid-domain")
    unverified = account(provider, email_verified=False)
    assert opened(workspace, log_in(workspace, CLIENT, unverified))["emails"][0]["verified"] is (
        False
    )


def test_a_newcomer_waits_where_admins_approve_them(
    workspace: Workspace, provider: Provider
) -> None:
    mine = account(provider)
    with setting(workspace, "Accounts_ManuallyApproveNewUsers", True):
        for _ in range(2):
            refused(log_in(workspace, CLIENT, mine), "error-user-is-not-activated")
        user = workspace.database["users"].find_one({f"services.{CLIENT}.id": mine})
        assert user is not None
        assert (user["active"], user["inactiveReason"]) == (False, "pending_approval")
    given = {"userId": user["_id"], "activeStatus": True}
    workspace.admin.ok("POST", "v1/users.setActiveStatus", given)
    assert opened(workspace, log_in(workspace, CLIENT, mine))["_id"] == user["_id"]


def test_a_deactivated_account_is_not_opened(workspace: Workspace, provider: Provider) -> None:
    mine = account(provider)
    user = opened(workspace, log_in(workspace, CLIENT, mine))
    given = {"userId": user["_id"], "activeStatus": False}
    workspace.admin.ok("POST", "v1/users.setActiveStatus", given)
    refused(log_in(workspace, CLIENT, mine), "error-user-is-not-activated")


def test_a_service_that_is_turned_off_meanwhile_opens_nothing(
    workspace: Workspace, provider: Provider
) -> None:
    given = credential(workspace, CLIENT, account(provider))
    with setting(workspace, f"Accounts_OAuth_Custom-{CLIENT.capitalize()}", False):
        refused(rest_login(workspace, oauth=given), "error-invalid-service")
    assert rest_login(workspace, oauth=given).status_code == 200


def test_a_second_factor_is_asked_for_and_the_credential_waits_for_it(
    mongo_uri: str, provider: Provider
) -> None:
    """Not in test mode, which asks for none."""
    admin: Json = {"admin_username": "root", "admin_pass": "secret"}
    workspace = Workspace(mongo_uri, test_mode=False, allowed_private_hosts=provider.host, **admin)
    try:
        workspace._admin = workspace.login("root", "secret")
        users = workspace.database["users"]
        _add_by_hand(workspace, provider)
        mine, key = account(provider), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        user = opened(workspace, log_in(workspace, CLIENT, mine))
        factor = {"enabled": True, "secret": key, "hashedBackup": []}
        users.update_one({"_id": user["_id"]}, {"$set": {"services.totp": factor}})
        given = credential(workspace, CLIENT, mine)
        for code, error in ((None, "totp-required"), ("000000", "totp-invalid")):
            more = {"code": code} if code else {}
            refused(rest_login(workspace, oauth=given, **more), error)
        code = pyotp.TOTP(key).at(workspace.runtime.clock.now())
        answer = rest_login(workspace, totp={"code": code, "login": {"oauth": given}})
        assert opened(workspace, answer)["_id"] == user["_id"]
    finally:
        workspace.stop()


def _add_by_hand(workspace: Workspace, provider: Provider) -> None:
    """Saving settings asks for the admin's password outside of test mode."""
    admin = workspace.admin
    admin.headers |= {"x-2fa-code": digest("secret"), "x-2fa-method": "password"}
    add_service(workspace, provider, CLIENT, key_field="email")


def test_an_address_changed_since_does_not_come_between_a_person_and_their_account(
    workspace: Workspace, provider: Provider
) -> None:
    mine = account(provider)
    user = opened(workspace, log_in(workspace, CLIENT, mine))
    assert edited(workspace, user["_id"], email=f"{fresh('e')}@example.com").status_code == 200
    assert opened(workspace, log_in(workspace, CLIENT, mine))["_id"] == user["_id"]
