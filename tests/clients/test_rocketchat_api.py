"""rocketchat_API 3.7.1 from PyPI, unmodified, against a workspace."""

from __future__ import annotations

import random
from typing import Any

import pytest
import requests
from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
)
from rocketchat_API.rocketchat import RocketChat

from contrail.domain.workspace import TEST_ADMIN
from contrail.shapes.ids import random_id
from tests.support.workspace import Workspace

MB = 1024 * 1024


def a_name() -> str:
    return f"n{random_id().lower()}"


def client_of(workspace: Workspace, user: str, password: str = "secret") -> Any:
    return RocketChat(user, password, server_url=workspace.url)


def someone(workspace: Workspace) -> Any:
    """A client with the token of someone who may do what everyone may."""
    person = workspace.person()
    return RocketChat(auth_token=person.token, user_id=person.id, server_url=workspace.url)


@pytest.fixture
def admin(workspace: Workspace) -> Any:
    return client_of(workspace, TEST_ADMIN, TEST_ADMIN)


@pytest.fixture
def ann(workspace: Workspace) -> Any:
    return someone(workspace)


@pytest.fixture
def ben(workspace: Workspace) -> Any:
    return someone(workspace)


def username_of(client: Any) -> str:
    return str(client.me()["username"])


def test_a_created_user_logs_in_by_username_and_by_email(workspace: Workspace, admin: Any) -> None:
    name = a_name()
    email = f"{name}@example.com"
    made = admin.users_create(email, "Ann", "secret", name)["user"]
    for login in (name, email):
        me = client_of(workspace, login).me()
        assert (me["_id"], me["username"], me["name"]) == (made["_id"], name, "Ann")
        assert me["emails"] == [{"address": email, "verified": False}]
        assert me["roles"] == ["user"]


def test_a_person_registers_and_logs_in(workspace: Workspace) -> None:
    name = a_name()
    guest = RocketChat(server_url=workspace.url)
    user = guest.users_register(f"{name}@example.com", "Ann", "secret", name)["user"]
    assert user["username"] == name
    assert client_of(workspace, name).me()["_id"] == user["_id"]


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_and_an_unknown_name_are_refused_alike(
    workspace: Workspace, known: bool
) -> None:
    name = workspace.person().username if known else a_name()
    with pytest.raises(RocketAuthenticationException):
        client_of(workspace, name, "wrong")


def test_the_token_is_dead_after_logout(workspace: Workspace) -> None:
    name = workspace.person().username
    ann, elsewhere = client_of(workspace, name), client_of(workspace, name)
    assert ann.me() == elsewhere.me()
    assert ann.logout()["status"] == "success"
    with pytest.raises(RocketApiException) as refused:
        ann.me()
    assert refused.value.status_code == 401
    assert refused.value.response_json == {
        "success": False,
        "status": "error",
        "message": "You must be logged in to do this.",
    }
    assert elsewhere.me()["username"] == name


def test_a_channel_is_made_with_members_and_found_by_id_and_name(ann: Any, ben: Any) -> None:
    name = a_name()
    made = ann.channels_create(name, members=[username_of(ben)])["channel"]
    assert (made["name"], made["t"], made["usersCount"]) == (name, "c", 2)
    assert made["u"]["username"] == username_of(ann)
    for found in (ben.channels_info(room_id=made["_id"]), ben.channels_info(channel=name)):
        assert found["success"] is True
        assert found["channel"]["_id"] == made["_id"]
    for member in (ann, ben):
        assert made["_id"] in {row["rid"] for row in member.subscriptions_get()["update"]}
        assert made["_id"] in {row["_id"] for row in member.rooms_get()["update"]}


def test_a_list_of_more_than_a_page_comes_whole(ann: Any) -> None:
    made = {ann.channels_create(a_name())["channel"]["_id"] for _ in range(60)}
    listed = [row["_id"] for row in ann.channels_list()]
    assert len(listed) == len(set(listed))
    assert made <= set(listed)
    assert [row["_id"] for row in ann.channels_list(max_count=55)] == listed[:55]


def test_joining_is_all_it_takes_to_be_a_member(ann: Any, ben: Any) -> None:
    rid = ann.channels_create(a_name())["channel"]["_id"]
    joined = ben.channels_join(rid, "")["channel"]
    assert (joined["_id"], joined["usersCount"]) == (rid, 2)
    assert rid in {row["rid"] for row in ben.subscriptions_get()["update"]}


def test_a_sent_message_is_there_as_it_was_sent(ann: Any, ben: Any) -> None:
    rid = ann.channels_create(a_name(), members=[username_of(ben)])["channel"]["_id"]
    mid = random_id()
    sent = ann.chat_send_message({"_id": mid, "rid": rid, "msg": "*hello*"})["message"]
    assert (sent["_id"], sent["rid"], sent["msg"]) == (mid, rid, "*hello*")
    assert ben.chat_get_message(mid)["message"] == sent
    assert list(ben.channels_history(rid)) == [sent]


@pytest.mark.parametrize("by", ["id", "name", "#name"])
def test_a_bot_posts_under_another_name_to_a_channel_it_joins_by_that(
    workspace: Workspace, admin: Any, ann: Any, by: str
) -> None:
    name = a_name()
    admin.users_create(f"{name}@example.com", "Bot", "secret", name, roles=["bot"])
    bot = client_of(workspace, name)
    room = ann.channels_create(a_name())["channel"]
    target = {"id": room["_id"], "name": room["name"], "#name": f"#{room['name']}"}[by]
    given = {"room_id" if by == "id" else "channel": target}
    attachments = [{"title": "Build 7", "color": "#00ff00", "text": "green"}]
    posted = bot.chat_post_message(
        "done", alias="Builder", emoji=":robot:", attachments=attachments, **given
    )
    assert posted["channel"] == target
    (message,) = (row for row in ann.channels_history(room["_id"]) if "t" not in row)
    assert message["_id"] == posted["message"]["_id"]
    assert (message["msg"], message["alias"], message["emoji"]) == ("done", "Builder", ":robot:")
    assert (message["u"]["username"], message["attachments"][0]["title"]) == (name, "Build 7")
    assert room["_id"] in {row["rid"] for row in bot.subscriptions_get()["update"]}


def test_history_is_paged_from_the_newest_on(ann: Any) -> None:
    rid = ann.channels_create(a_name())["channel"]["_id"]
    for number in range(25):
        ann.chat_send_message({"rid": rid, "msg": str(number)})
    texts = [row["msg"] for row in ann.channels_history(rid, count=10)]
    assert texts == [str(number) for number in reversed(range(25))]
    assert [row["msg"] for row in ann.channels_history(rid, count=10, max_count=12)] == texts[:12]
    assert [row["msg"] for row in ann.channels_history(rid, offset=20)] == texts[20:]


def test_reading_a_room_takes_its_mark_away(ann: Any, ben: Any) -> None:
    rid = ann.channels_create(a_name(), members=[username_of(ben)])["channel"]["_id"]
    ann.chat_send_message({"rid": rid, "msg": f"@{username_of(ben)} look"})

    def mine() -> dict[str, Any]:
        (row,) = (row for row in ben.subscriptions_get()["update"] if row["rid"] == rid)
        return dict(row)

    # Once for the room, which is new to him, and once for the mention.
    assert (mine()["alert"], mine()["unread"], mine()["userMentions"]) == (True, 2, 2)
    assert ben.subscriptions_read(rid) == {"success": True}
    assert (mine()["alert"], mine()["unread"], mine()["userMentions"]) == (False, 0, 0)


def test_what_a_client_asks_first_is_answered(workspace: Workspace, ann: Any) -> None:
    guest = RocketChat(server_url=workspace.url)
    assert guest.info() == {"version": "6.12", "success": True}
    values = {row["_id"]: row["value"] for row in guest.settings_public()}
    assert len(values) > 50  # more than a page
    assert values["Site_Name"] == "Rocket.Chat"
    granted = {row["_id"]: row["roles"] for row in ann.permissions_list_all()["update"]}
    assert granted["create-c"] == ["admin", "user", "bot", "app"]


def test_an_error_arrives_with_all_its_fields(ann: Any) -> None:
    with pytest.raises(RocketApiException) as refused:
        ann.channels_info(channel=a_name())
    error = refused.value
    assert (error.status_code, error.error_type) == (400, "error-room-not-found")
    assert error.error == (
        'The required "roomId" or "roomName" param provided does not match any channel '
        "[error-room-not-found]"
    )
    assert error.response_json == {
        "success": False,
        "error": error.error,
        "errorType": "error-room-not-found",
    }


def test_a_missing_permission_and_an_unknown_endpoint_are_errors_too(ann: Any) -> None:
    name = a_name()
    with pytest.raises(RocketApiException) as refused:
        ann.users_create(f"{name}@example.com", name, "secret", name)
    assert (refused.value.status_code, refused.value.error_type) == (
        400,
        "error-action-not-allowed",
    )
    with pytest.raises(RocketApiException) as unknown:
        ann.call_api_get("no.such.endpoint")
    assert unknown.value.status_code == 404


def test_a_4_mb_file_comes_back_and_one_of_6_mb_is_refused_with_a_reason(
    workspace: Workspace, ann: Any
) -> None:
    rid = ann.channels_create(a_name())["channel"]["_id"]
    body = random.Random(4).randbytes(6 * MB)
    file = ann.rooms_media(rid, ("four.bin", body[: 4 * MB], "application/x-four"))["file"]
    message = ann.rooms_media_confirm(rid, file["_id"], description="a flight")["message"]
    (attachment,) = message["attachments"]
    assert (attachment["size"], attachment["description"]) == (4 * MB, "a flight")
    where = f"{workspace.url}{attachment['title_link']}"
    assert requests.get(where, headers=ann.headers, timeout=30).content == body[: 4 * MB]
    with pytest.raises(RocketApiException) as refused:
        ann.rooms_media(rid, ("six.bin", body, "application/x-six"))
    assert "goes to the store itself" in str(refused.value)
    assert [one["name"] for one in ann.channels_files(room_id=rid)] == ["four.bin"]
