"""HEAD, as browsers, proxies and programs that look before they fetch use it."""

from __future__ import annotations

import pytest
import requests

from tests.support.pictures import fetch as show
from tests.support.uploads import TEXT, fetch, upload
from tests.support.workspace import Person, Workspace

COMPARED = ("Content-Type", "ETag", "Last-Modified", "Cache-Control", "Content-Disposition")


def head(workspace: Workspace, path: str, person: Person | None) -> requests.Response:
    headers = person.headers if person else {}
    return workspace.http("HEAD", path, headers=headers, allow_redirects=False)


@pytest.mark.parametrize(
    "path",
    [
        "/avatar/{name}",
        "/avatar/uid/{uid}",
        "/avatar/uid/nobody",
        "/assets/favicon.svg",
        "/assets/logo.html",
        "/emoji-custom/none.png",
        "/custom-sounds/none.mp3",
        "/file-upload/none/a.txt",
    ],
)
def test_the_head_of_a_picture_is_that_of_the_picture_and_nothing_more(
    workspace: Workspace, ann: Person, path: str
) -> None:
    path = path.format(name=ann.username, uid=ann.id)
    for person in (ann, None):
        whole = show(person, workspace, path)
        answer = head(workspace, path, person)
        assert (answer.status_code, answer.content) == (whole.status_code, b"")
        for name in COMPARED:
            assert answer.headers.get(name) == whole.headers.get(name), name


def test_the_head_of_a_file_leads_to_its_head(workspace: Workspace, ann: Person) -> None:
    rid = str(workspace.channel(ann)["_id"])
    link = upload(ann, rid)["attachments"][0]["title_link"]
    answer = head(workspace, link, ann)
    assert answer.status_code == 302
    where = answer.headers["Location"]
    found = requests.head(where, timeout=30)
    assert (found.status_code, found.content) == (200, b"")
    assert found.headers["Content-Length"] == str(len(TEXT))
    assert found.headers["Content-Type"] == "text/plain"
    assert requests.get(where, timeout=30).status_code == 403, "it is for one method alone"
    whole = fetch(workspace, link, ann).headers["Location"]
    assert requests.get(whole, timeout=30).headers["ETag"] == found.headers["ETag"]
    assert head(workspace, link, None).status_code == 403
    assert head(workspace, link, workspace.person()).status_code == 403


def test_a_function_that_is_asked_for_a_head_sends_no_body(
    workspace: Workspace, ann: Person
) -> None:
    event = {
        "path": f"/upload/avatar/{ann.username}",
        "headers": ann.headers,
        "requestContext": {"requestId": "r1"},
    }
    upload = workspace.runtime.functions["upload"]
    whole, head = (upload({**event, "httpMethod": verb}) for verb in ("GET", "HEAD"))
    assert whole["body"].startswith("<svg")
    assert (head["body"], head["headers"]) == ("", whole["headers"])


def test_other_methods_are_not_for_pages(workspace: Workspace, ann: Person) -> None:
    for verb in ("POST", "PUT", "DELETE", "PATCH"):
        answer = workspace.http(verb, f"/avatar/{ann.username}", headers=ann.headers)
        assert answer.status_code == 405, verb
