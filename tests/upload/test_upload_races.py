"""Confirmations at once, and beside the sweep: one message, with its file."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests

from functions.upload import sweeping
from tests.support.confirming import (
    PNG,
    Step,
    before,
    brought,
    expire,
    expire_unless_taken,
    is_whole,
    messages,
    nothing_is_left,
    sweep,
    try_to_confirm,
)
from tests.support.settings import setting
from tests.support.uploads import announce, confirm, content, fetch, picture, put
from tests.support.workspace import Person, Workspace

MANY = 8
WAYS = pytest.mark.parametrize("way", ["announced", "form"])


@WAYS
def test_a_file_that_many_confirm_at_once_is_posted_once_and_all_get_the_message(
    workspace: Workspace, ann: Person, way: str
) -> None:
    with ThreadPoolExecutor(MANY) as pool:
        for _ in range(4):
            rid = str(workspace.channel(ann)["_id"])
            fid = brought(ann, rid, way)
            answers = list(pool.map(lambda _, r=rid, f=fid: try_to_confirm(ann, r, f), range(MANY)))
            assert [answer.status_code for answer in answers] == [200] * MANY
            found = [answer.json()["message"] for answer in answers]
            assert {(one["_id"], one["ts"], one["msg"]) for one in found} == {
                (found[0]["_id"], found[0]["ts"], "look")
            }
            is_whole(workspace, ann, rid, found[0])


@WAYS
def test_a_file_that_expires_while_many_confirm_it_is_posted_whole_or_gone(
    workspace: Workspace, ann: Person, way: str, known: set[str]
) -> None:
    with ThreadPoolExecutor(MANY) as pool:
        for _ in range(4):
            rid = str(workspace.channel(ann)["_id"])
            fid = brought(ann, rid, way)
            confirming = partial(try_to_confirm, ann, rid, fid)
            works: list[Future[Any]] = [pool.submit(confirming) for _ in range(3)]
            over = [pool.submit(work, workspace, fid) for work in (expire_unless_taken, sweep)]
            works += [pool.submit(confirming) for _ in range(3)]
            for one in over:
                one.result()
            answers = [work.result() for work in works]
            posted = [one.json()["message"] for one in answers if one.status_code == 200]
            refused = {one.json()["errorType"] for one in answers if one.status_code != 200}
            assert refused <= {"invalid-file"}
            sweep(workspace)
            if posted:
                is_whole(workspace, ann, rid, posted[0])
            else:
                nothing_is_left(workspace, rid, fid, known)


@WAYS
@pytest.mark.parametrize("step", ["taken", "attached", "sent"])
def test_the_sweep_lets_alone_what_is_being_confirmed(
    workspace: Workspace,
    ann: Person,
    rid: str,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    step: str,
) -> None:
    """However soon the file would have expired when its confirmation began."""
    fid = brought(ann, rid, way)
    soon = {"$set": {"expiresAt": datetime.now(UTC) + timedelta(seconds=30)}}
    workspace.database["rocketchat_uploads"].update_one({"_id": fid}, soon)
    # The sweep comes when that is over.
    monkeypatch.setattr(sweeping, "LATE", -timedelta(minutes=2))
    at = workspace.runtime.instances["upload"]
    with monkeypatch.context() as patch:
        before(patch, steps(at)[step], lambda: sweep(workspace))
        answer = try_to_confirm(ann, rid, fid)
    assert answer.status_code == 200, answer.text
    sweep(workspace)
    is_whole(workspace, ann, rid, answer.json()["message"])


@WAYS
def test_what_the_sweep_has_taken_cannot_be_confirmed_any_more(
    workspace: Workspace,
    ann: Person,
    rid: str,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    known: set[str],
) -> None:
    fid = brought(ann, rid, way)
    at = workspace.runtime.instances["upload"]

    def over() -> None:
        expire(workspace, fid)
        sweep(workspace)

    with monkeypatch.context() as patch:
        before(patch, (at.store.uploads, "take"), over)
        answer = try_to_confirm(ann, rid, fid)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-file")
    nothing_is_left(workspace, rid, fid, known)


def steps(at: Any) -> dict[str, Step]:
    """What comes after the file was taken, after its thumbnail is there, after it is posted."""
    return {
        "taken": (at.store.uploads, "add"),
        "attached": (at.store.rooms, "begin_send"),
        "sent": (at.store.uploads, "complete"),
    }


def test_what_is_put_there_while_a_file_is_confirmed_never_takes_its_place(
    workspace: Workspace, ann: Person, rid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address to upload to still holds then."""
    body = picture()
    other = body[:-4] + bytes(4)
    offer = announce(ann, rid, len(body), **PNG)
    fid, at = offer["file"]["_id"], workspace.runtime.instances["upload"]
    assert put(offer["upload"], body).status_code == 200
    at_once: list[requests.Response] = []

    def meanwhile() -> None:
        put(offer["upload"], other)
        at_once.append(try_to_confirm(ann, rid, fid))

    with monkeypatch.context() as patch:
        before(patch, (at.store.uploads, "add"), meanwhile)
        message = confirm(ann, rid, fid, msg="look")
    assert at_once[0].json()["errorType"] == "invalid-file"
    is_whole(workspace, ann, rid, message)
    link = message["attachments"][0]["title_link"]
    assert content(fetch(workspace, link, ann)).content == body


def test_what_is_put_there_after_it_was_looked_at_is_not_posted(
    workspace: Workspace, ann: Person, rid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = picture()
    offer = announce(ann, rid, len(body), **PNG)
    assert put(offer["upload"], body).status_code == 200
    with monkeypatch.context() as patch:
        replaced = partial(put, offer["upload"], body[:-4] + bytes(4))
        before(patch, (workspace.runtime.blobs, "copy"), replaced)
        answer = try_to_confirm(ann, rid, offer["file"]["_id"])
    assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-file")
    assert messages(workspace, rid) == []


@WAYS
def test_what_is_confirmed_while_the_sweep_is_at_it_stays(
    workspace: Workspace, ann: Person, rid: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    fid = brought(ann, rid, way)
    soon = {"$set": {"expiresAt": datetime.now(UTC) + timedelta(seconds=30)}}
    workspace.database["rocketchat_uploads"].update_one({"_id": fid}, soon)
    at, answers = workspace.runtime.instances["upload"], list[requests.Response]()
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "LATE", -timedelta(minutes=2))
        before(
            patch,
            (at.store.uploads, "forget_expired"),
            lambda: answers.append(try_to_confirm(ann, rid, fid)),
        )
        sweep(workspace)
    is_whole(workspace, ann, rid, answers[0].json()["message"])


def test_no_place_that_was_to_be_taken_out_is_seen_though_many_confirm(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    body = picture(form="JPEG", orientation=6)
    with setting(workspace, "Message_Attachments_Strip_Exif", True):
        offer = announce(ann, rid, len(body), name="a.jpg", type="image/jpeg")
        fid = offer["file"]["_id"]
        assert put(offer["upload"], body).status_code == 200
        with ThreadPoolExecutor(MANY) as pool:
            answers = list(pool.map(lambda _: try_to_confirm(ann, rid, fid), range(MANY)))
    assert {answer.status_code for answer in answers} == {200}
    message = answers[0].json()["message"]
    is_whole(workspace, ann, rid, message)
    link = message["attachments"][0]["title_link"]
    assert b"a camera" not in content(fetch(workspace, link, ann)).content


def test_a_thumbnail_is_no_file_to_confirm(workspace: Workspace, ann: Person, rid: str) -> None:
    fid = brought(ann, rid, "form")
    message = confirm(ann, rid, fid)
    answer = try_to_confirm(ann, rid, message["files"][1]["_id"])
    assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-file")
