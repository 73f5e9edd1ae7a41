"""All of rocketchat_API: each of its methods that has a route here does what it is called for."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import pytest
from rocketchat_API.APIExceptions.RocketExceptions import RocketApiException
from rocketchat_API.rocketchat import RocketChat

from tests.clients import library_people, library_pictures, library_rooms, library_talk
from tests.clients.library import Call, Kit, a_name
from tests.support.workspace import Workspace

CALLS = library_people.CALLS | library_rooms.CALLS | library_talk.CALLS | library_pictures.CALLS
LATER = (
    *("banners", "engagement_dashboard_", "integrations_", "licenses_", "livechat_", "statistics"),
)
"""How the names of methods begin whose services are not here yet."""
ELSEWHERE = {
    *("login", "call_api_get", "call_api_post", "call_api_put", "call_api_delete"),
    *("chat_get_url_preview", "users_get_avatar"),
}
"""What the others are made of, and `login` (test_rocketchat_api.py); what asks for a page somewhere
else; what takes a picture for JSON."""
REFUSED: dict[str, tuple[Call, str]] = {
    "chat_get_message_read_receipts": (
        lambda k: k.bens.chat_get_message_read_receipts(k.message()),
        "This is an enterprise feature [error-action-not-allowed]",
    ),
    "dm_messages_others": (
        lambda k: k.admin.dm_messages_others(k.direct()),
        "This endpoint is disabled [error-endpoint-disabled]",
    ),
    "roles_create": (
        lambda k: k.admin.roles_create(a_name()),
        "This is an enterprise feature [error-action-not-allowed]",
    ),
    "roles_delete": (
        lambda k: k.admin.roles_delete("bot"),
        "Cannot delete a protected role [error-role-protected]",
    ),
    "users_create_token": (
        lambda k: k.admin.users_create_token(k.ben.id, "secret"),
        "Not authorized [error-not-authorized]",
    ),
}
"""What a workspace refuses that is as it comes: the community edition, and no secret for tokens."""
NEWER = {"roles_get_users_in_public_roles", "custom_sounds_get_one"}
"""What Rocket.Chat 6.12 has not either."""


# The library leaves the pictures open that it sends.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def kit(workspace: Workspace) -> Kit:
    return Kit(workspace)


def methods() -> set[str]:
    made = inspect.getmembers(RocketChat, inspect.isfunction)
    return {name for name, _ in made if not name.startswith("_")}


def test_every_method_of_the_library_is_accounted_for() -> None:
    later = {name for name in methods() if name.startswith(LATER)}
    accounted = [set(CALLS), set(REFUSED), later, ELSEWHERE, NEWER]
    assert set().union(*accounted) == methods()
    assert sum(len(part) for part in accounted) == len(methods())


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_method_succeeds(kit: Kit, name: str) -> None:
    answer: Any = CALLS[name](kit)
    if isinstance(answer, dict):
        assert answer.get("success") is True or answer.get("status") == "success"
    elif answer is not True:
        assert isinstance(answer, Iterable)
        list(answer)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_method_is_refused_with_a_reason(kit: Kit, name: str) -> None:
    call, error = REFUSED[name]
    with pytest.raises(RocketApiException) as refused:
        call(kit)
    assert refused.value.error == error


def test_what_is_not_here_yet_is_an_unknown_endpoint(kit: Kit) -> None:
    for call in (kit.admin.livechat_rooms, kit.admin.roles_get_users_in_public_roles):
        with pytest.raises(RocketApiException) as unknown:
            call()
        assert unknown.value.status_code == 404
