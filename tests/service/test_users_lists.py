"""[/users.list], [/users.listByStatus] and [/users.autocomplete]."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.people import edited, made, stored
from tests.support.scene import fresh, refused, without
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

UNAUTHORIZED = {"success": False, "error": "unauthorized"}
OUTSIDE = "API_Apply_permission_view-outside-room_on_users-list"


def _listed(person: Person, **given: Any) -> list[Json]:
    texts = {key: json.dumps(value) for key, value in given.items() if isinstance(value, dict)}
    body = person.ok("GET", "v1/users.list", {"count": 0, **given, **texts})
    assert (body["count"], body["offset"]) == (len(body["users"]), 0)
    users: list[Json] = body["users"]
    return users


def _names(users: list[Json]) -> list[str]:
    """Some have not chosen theirs yet."""
    return [user["username"] for user in users if "username" in user]


def test_should_query_all_users_in_the_system(workspace: Workspace) -> None:
    person = workspace.person()
    seen = next(one for one in _listed(workspace.admin) if one["_id"] == person.id)
    assert seen["emails"][0]["address"] == f"{person.username}@example.com"
    assert (seen["roles"], seen["active"], seen["type"]) == (["user"], True, "user")
    assert seen["nameInsensitive"] == seen["name"].lower()
    seen = next(one for one in _listed(person) if one["_id"] == person.id)
    assert not {"emails", "roles", "lastLogin", "services", "_contrail"} & set(seen)
    names = _names(_listed(person))
    assert names == sorted(names)


def test_should_query_all_users_in_the_system_by_name(workspace: Workspace) -> None:
    name = fresh("Findable")
    uid = made(workspace, name=f"{name} Person")["_id"]
    for query in (
        {"name": {"$regex": name.upper(), "$options": "i"}},
        {"name": {"$regex": f"^{name}.*"}},
        {"name": f"{name} Person"},
        {"$or": [{"username": {"$regex": name}}, {"name": {"$regex": name}}]},
        {"$and": [{"name": {"$regex": f"{name} Person$"}}, {"active": True}]},
    ):
        for who in (workspace.admin, workspace.person()):
            assert [one["_id"] for one in _listed(who, query=query)] == [uid]
    assert _listed(workspace.admin, query={"name": {"$regex": f"{name}$"}}) == []
    assert _listed(workspace.admin, query={"name": {"$regex": f"{name[:-1]}."}}) == []


def test_should_query_all_users_in_the_system_by_custom_fields(workspace: Workspace) -> None:
    value = fresh("v")
    with setting(workspace, "Accounts_CustomFields", '{"customFieldText": {"type": "text"}}'):
        uid = made(workspace, customFields={"customFieldText": value})["_id"]
    fields = {"username": 1, "_id": 1, "active": 1, "status": 1, "customFields": 1}
    query = {"customFields.customFieldText": value}
    (found,) = _listed(workspace.admin, fields=fields, query=query)
    assert (found["_id"], found["customFields"]) == (uid, {"customFieldText": value})


def test_should_sort_for_user_statuses_and_put_deactivated_users_last(
    workspace: Workspace,
) -> None:
    made(workspace, active=False)
    active = [one["active"] for one in _listed(workspace.admin, sort={"status": -1})]
    assert active == sorted(active, reverse=True)
    assert active[-1] is False
    names = [one["nameInsensitive"] for one in _listed(workspace.admin, sort={"name": 1})]
    assert names == sorted(names)


@pytest.mark.parametrize("privileged", [True, False])
def test_should_exclude_invite_token_even_when_asked_for_it(
    workspace: Workspace, privileged: bool
) -> None:
    person = workspace.person()
    token = fresh("INVITE")
    change = {"$set": {"inviteToken": token}}
    workspace.database["users"].update_one({"_id": person.id}, change)
    who = workspace.admin if privileged else person
    given = {"fields": json.dumps({"inviteToken": 1}), "sort": json.dumps({"inviteToken": -1})}
    answer = who.get("v1/users.list", count=0, **given)
    assert answer.status_code == 200
    assert person.username in _names(answer.json()["users"])
    assert token not in answer.text


def test_nothing_hidden_is_asked_about(workspace: Workspace) -> None:
    """Not by a condition either: the number of hits would tell."""
    person = workspace.person()
    for query in ({"emails.address": "x"}, {"$or": [{"roles": "admin"}, {"name": "x"}]}):
        answer = person.get("v1/users.list", query=json.dumps(query))
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-query")
        assert workspace.admin.get("v1/users.list", query=json.dumps(query)).status_code == 200
    hidden: Json = {"services.password.bcrypt": {"$regex": "^.2b"}}
    deep: list[Json] = [hidden, {"$or": [hidden]}, {"$or": [{"$and": [hidden]}]}, {"$or": []}]
    for asked in deep:
        answer = workspace.admin.get("v1/users.list", query=json.dumps(asked))
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-query")
    shown = _listed(person, fields={"emails": 1, "roles": 1, "bio": 1})
    assert not {"emails", "roles"} & {key for one in shown for key in one}


CUSTOM = """{"open": {"type": "text", "public": true}, "closed": {"type": "text"}}"""


def test_custom_fields_that_are_not_public_are_neither_shown_nor_asked_about(
    workspace: Workspace,
) -> None:
    person, value = workspace.person(), fresh("v")
    with setting(workspace, "Accounts_CustomFields", CUSTOM):
        uid = made(workspace, customFields={"open": value, "closed": value})["_id"]
        for who, shown in (
            (person, {"open": value}),
            (workspace.admin, {"open": value, "closed": value}),
        ):
            given = {"fields": {"customFields": 1}, "query": {"customFields.open": value}}
            (found,) = _listed(who, **given)
            assert (found["_id"], found["customFields"]) == (uid, shown)
            assert _completed(who, conditions=given["query"]) == [found["username"]]
        probe = {"customFields.closed": {"$regex": f"^{value[:2]}"}}
        deep: list[Json] = [probe, {"$or": [probe, {"name": "x"}]}, {"customFields.none": "x"}]
        for query in deep:
            answer = person.get("v1/users.list", query=json.dumps(query))
            assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-query")
            answer = person.get("v1/users.autocomplete", selector=json.dumps({"conditions": query}))
            refused(answer, 400, {"success": False, "error": "error-invalid-query"})
        assert [one["_id"] for one in _listed(workspace.admin, query=probe)] == [uid]
        assert len(_completed(workspace.admin, conditions=probe)) == 1


@pytest.mark.parametrize("path", ["v1/users.list", "v1/users.listByStatus"])
@pytest.mark.parametrize(
    "field", ["emails.address", "roles", "lastLogin", "createdAt", "_updatedAt"]
)
def test_what_one_may_not_see_orders_no_list(workspace: Workspace, path: str, field: str) -> None:
    """It comes by username then, whichever way round was asked for."""
    person = workspace.person()
    orders = []
    for order in (1, -1):
        users = person.ok("GET", path, {"count": 0, "sort": json.dumps({field: order})})["users"]
        orders.append(_names(users))
        assert orders[-1] == sorted(orders[-1])
    assert orders[0] == orders[1]


def test_what_one_may_not_see_picks_nobody(workspace: Workspace) -> None:
    person = workspace.person()
    for given in (
        {"roles[]": "admin"},
        {"hasLoggedIn": "true"},
        {"inactiveReason[]": "deactivated"},
    ):
        answer = person.get("v1/users.listByStatus", **given)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-query")
        assert workspace.admin.get("v1/users.listByStatus", **given).status_code == 200


def test_should_not_query_users_when_view_outside_room_is_not_granted(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    with without(workspace, "view-outside-room", "user"):
        assert person.get("v1/users.list").status_code == 200
        with setting(workspace, OUTSIDE, True):
            refused(person.get("v1/users.list"), 403, UNAUTHORIZED)
            refused(person.get("v1/users.listByStatus"), 403, UNAUTHORIZED)
            assert workspace.admin.get("v1/users.list").status_code == 200


def _by_status(person: Person, **given: Any) -> list[str]:
    users = person.ok("GET", "v1/users.listByStatus", {"count": 0, **given})["users"]
    return [user["_id"] for user in users]


def test_should_list_by_status(workspace: Workspace) -> None:
    """all, active, deactivated, by role and by username; who has logged in."""
    admin, person = workspace.admin, workspace.person()
    off, bot = made(workspace, active=False), made(workspace, roles=["bot"])
    every = _by_status(admin)
    assert {person.id, off["_id"], bot["_id"]} <= set(every)
    active, deactivated = (_by_status(admin, status=s) for s in ("active", "deactivated"))
    assert person.id in active
    assert off["_id"] in deactivated
    assert not set(active) & set(deactivated)
    assert set(active) | set(deactivated) == set(every)
    assert bot["_id"] in _by_status(admin, **{"roles[]": "bot"})
    assert person.id not in _by_status(admin, **{"roles[]": "bot"})
    assert set(_by_status(admin, **{"roles[]": "all"})) == set(every)
    for term in (person.username, person.username.upper(), f"{person.username}@exam"):
        assert _by_status(admin, searchTerm=term) == [person.id]
    assert _by_status(person, searchTerm=f"{person.username}@exam") == []
    assert person.id in _by_status(admin, hasLoggedIn="true")
    assert off["_id"] in _by_status(admin, hasLoggedIn="false")
    assert person.id not in _by_status(admin, hasLoggedIn="false")
    assert "rocket.cat" in _by_status(admin, type="bot")


def test_should_return_error_for_invalid_status_params(workspace: Workspace) -> None:
    answer = workspace.admin.get("v1/users.listByStatus", status="abcd")
    error = "must be equal to one of the allowed values [invalid-params]"
    refused(answer, 400, {"success": False, "error": error, "errorType": "invalid-params"})


def _completed(person: Person, **selector: Any) -> list[str]:
    given = {"selector": json.dumps(selector)}
    items = person.ok("GET", "v1/users.autocomplete", given)["items"]
    return [item["username"] for item in items]


def test_autocomplete_without_permission(workspace: Workspace) -> None:
    """An empty list without any subscription; users subscribed to the same rooms."""
    alone = workspace.person(joinDefaultChannels=False)
    together = workspace.person(joinDefaultChannels=False)
    other = workspace.person(joinDefaultChannels=False)
    with without(workspace, "view-outside-room", "user"):
        assert _completed(alone) == []
        workspace.channel(other, together)
        assert _completed(together) == [other.username]
        assert _completed(together, term=alone.username) == []


def test_autocomplete_with_permission(workspace: Workspace) -> None:
    name = fresh("complete")
    people = [made(workspace, name=f"{name} {place}") for place in range(3)]
    made(workspace, name=name, active=False)
    names = sorted(one["username"] for one in people)
    person = workspace.person()
    assert len(_completed(person)) == 10
    assert _completed(person, term=name) == names
    assert _completed(person, term=name.upper(), exceptions=names[:1]) == names[1:]
    conditions = {"$or": [{"username": names[0]}, {"username": {"$in": names[1:2]}}]}
    assert _completed(person, term=name, conditions=conditions) == names[:2]
    assert _completed(person, term=".*") == []


@pytest.mark.parametrize(
    "conditions",
    [
        {"services.password.bcrypt": {"$regex": "x"}},
        {"$where": "sleep(1)"},
        {"$nor": [{"username": "x"}]},
        {"username": {"$function": "x"}},
        {"$or": [{"emails.address": "x"}]},
        [],
        [1],
    ],
)
def test_autocomplete_should_return_an_error_when_using_forbidden_operators(
    workspace: Workspace, conditions: Any
) -> None:
    given = {"selector": json.dumps({"conditions": conditions or "x"})}
    answer = workspace.person().get("v1/users.autocomplete", **given)
    refused(answer, 400, {"success": False, "error": "error-invalid-query"})


def test_a_selector_must_be_json(workspace: Workspace) -> None:
    for text in ("", "{", "[]", '{"term": 1}', '{"exceptions": [{"$gt": ""}]}'):
        answer = workspace.person().get("v1/users.autocomplete", selector=text)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-params")


def test_people_who_wait_for_approval_are_listed_with_their_reason(workspace: Workspace) -> None:
    uid = made(workspace, active=False)["_id"]
    workspace.database["users"].update_one({"_id": uid}, {"$set": {"reason": "Please"}})
    users = workspace.admin.ok(
        "GET", "v1/users.listByStatus", {"status": "deactivated", "count": 0}
    )
    (found,) = (one for one in users["users"] if one["_id"] == uid)
    assert found["reason"] == "Please"
    assert edited(workspace, uid, active=True).json()["user"]["active"] is True
    assert "reason" not in stored(workspace, uid)
