"""Moving in: what mongodump wrote becomes a workspace, and its people go on where they were."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bson
import pytest
import requests
from pymongo import MongoClient
from pymongo.database import Database

from tests.support.dump import PASSWORD, token_of, whole
from tests.support.program import ROOT, Program

FILE = b"from their bucket"
GONE = {"u2"}
"""Whose connection to the other server is not kept."""
STORED = "AbCd/uploads/r1/u1/f1"


def write(folder: Path, documents: dict[str, list[Any]], *, zipped: bool = False) -> Path:
    """As mongodump does; the folder to name."""
    place = folder / "rocketchat"
    place.mkdir(parents=True)
    for name, rows in documents.items():
        body = b"".join(map(bson.encode, rows))
        file = place / (f"{name}.bson.gz" if zipped else f"{name}.bson")
        file.write_bytes(gzip.compress(body) if zipped else body)
        told = {"indexes": [{"v": 2, "key": {"_id": 1}, "name": "_id_"}], "collectionName": name}
        (place / f"{name}.metadata.json").write_text(json.dumps(told))
    return folder


def restore(data: Path, *arguments: object, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local.restore", *map(str, arguments)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}",
            "DATA_DIR": str(data),
            **variables,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def restored(data: Path, *arguments: object, **variables: str) -> str:
    """What it says, when it is done."""
    process = restore(data, *arguments, **variables)
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return said


def refused(data: Path, *arguments: object, **variables: str) -> str:
    """What it says, in one line, when it cannot."""
    process = restore(data, *arguments, **variables)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert errors.startswith("contrail: ")
    assert errors.count("\n") == 1
    return errors


@pytest.fixture
def given(mongo_uri: str) -> Iterator[tuple[str, Database[Any]]]:
    """A URI with a new database, and that."""
    name = f"test-{uuid.uuid4().hex}"
    with MongoClient[dict[str, Any]](mongo_uri, tz_aware=True) as client:
        yield urlsplit(mongo_uri)._replace(path=f"/{name}").geturl(), client[name]


@pytest.mark.timeout(180)
def test_people_of_a_moved_workspace_go_on_where_they_were(tmp_path: Path) -> None:
    documents = whole()
    documents["rocketchat_uploads"][0]["AmazonS3"] = {"path": STORED}
    documents["rocketchat_uploads"][0]["size"] = len(FILE)
    bucket = tmp_path / "bucket" / STORED
    bucket.parent.mkdir(parents=True)
    bucket.write_bytes(FILE)
    dump = write(tmp_path / "dump", documents)
    said = restored(tmp_path / "data", dump, "--files", tmp_path / "bucket")
    assert "  rocketchat_message: 60\n" in said
    assert "  files: 1\n" in said
    with Program(tmp_path / "data") as program:
        assert "  Admin  ann\n" in program.ready()
        # With the password of before, with the token that a client still has, by any case.
        ann = program.client("ann", PASSWORD)
        history = list(ann.channels_history("r1", count=100))
        assert [row["msg"] for row in history] == [f"old {n}" for n in reversed(range(60))]
        assert ann.channels_info(room_id="r1")["channel"]["msgs"] == 60
        assert ann.users_info(username="Ben")["user"]["status"] == "offline"
        headers = {"X-User-Id": "u2", "X-Auth-Token": token_of("u2")}
        me = requests.get(f"{program.url}/api/v1/me", headers=headers, timeout=10).json()
        assert me["username"] == "Ben"
        program.client("Ben", PASSWORD).chat_post_message("here we are", room_id="r1")
        names = {row["_id"]: row["value"] for row in ann.settings_public()}
        assert names["Site_Name"] == "Old place"
        got = requests.get(f"{program.url}/file-upload/f1/report.txt", headers=headers, timeout=10)
        assert got.content == FILE
        program.process.send_signal(signal.SIGINT)
        assert program.ended() == (0, "")


def test_every_document_is_what_it_was(tmp_path: Path, given: tuple[str, Database[Any]]) -> None:
    """Types and all, of collections that nothing here knows too."""
    odd = {"_id": bson.ObjectId(), "n": bson.Int64(7), "f": 1.0, "b": b"\x00", "z": None}
    odd |= {"re": bson.Regex("^a", "i"), "ts": bson.Timestamp(1, 2), "of": [{"a": [1, 2]}]}
    documents = {**whole(), "rocketchat_apps": [odd], "a%2Fb": [{"_id": 1}]}
    documents["system.views"] = [{"_id": "no"}]
    uri, database = given
    restored(tmp_path / "data", write(tmp_path, documents, zipped=True), MONGODB_URI=uri)
    raw = bson.codec_options.CodecOptions(document_class=bson.raw_bson.RawBSONDocument)
    stored = database.get_collection("rocketchat_apps", codec_options=raw).find_one()
    assert stored is not None
    assert stored.raw == bson.encode(odd)
    assert database["a/b"].count_documents({}) == 1
    names = set(database.list_collection_names())
    assert "system.views" not in names
    messages = database["rocketchat_message"]
    assert list(messages.find().sort("_id", 1)) == documents["rocketchat_message"]
    control = database["migrations"].find_one({"_id": "control"})
    assert control == documents["migrations"][0]


@pytest.mark.timeout(180)
def test_one_that_was_killed_goes_on_and_one_that_is_done_stays(
    tmp_path: Path, given: tuple[str, Database[Any]]
) -> None:
    documents = whole(messages=2500)
    dump = write(tmp_path, documents)
    uri, database = given
    process = restore(tmp_path / "data", dump, MONGODB_URI=uri)
    assert process.stdout is not None
    while "rocketchat_custom_sounds" not in process.stdout.readline():
        assert process.poll() is None
    process.kill()
    process.communicate()
    other = write(tmp_path / "other", {"users": whole()["users"]})
    assert "is not empty" in refused(tmp_path / "data", other, MONGODB_URI=uri)
    said = restored(tmp_path / "data", dump, MONGODB_URI=uri)
    assert "rocketchat_custom_emoji" not in said
    for name, rows in documents.items():
        found = {row["_id"] for row in database[name].find({}, {"_id": 1})}
        assert {row["_id"] for row in rows} <= found | GONE, name
    assert database["rocketchat_message"].count_documents({}) == 2500
    assert "is not empty" in refused(tmp_path / "data", dump, MONGODB_URI=uri)


def test_a_workspace_that_is_used_is_not_written_over(tmp_path: Path) -> None:
    with Program(tmp_path / "data", ADMIN_PASS="secret") as program:
        program.ready()
        assert "is already running on" in refused(tmp_path / "data", write(tmp_path, whole()))
        program.process.send_signal(signal.SIGINT)
        program.ended()
    assert "is not empty: restore into a new one" in refused(tmp_path / "data", tmp_path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda place: None, "holds no .bson files"),
        (lambda place: place.rmdir(), "there is no folder"),
        (lambda place: (place.rmdir(), place.touch()), "is a file: a dump is a folder"),
        (
            lambda place: [write(place / name, {"users": []}) for name in "ab"],
            "holds no .bson files",
        ),
    ],
)
def test_what_is_no_dump_is_named(tmp_path: Path, make: Any, said: str) -> None:
    place = tmp_path / "dump"
    place.mkdir()
    make(place)
    assert said in refused(tmp_path / "data", place)
    assert not (tmp_path / "data").exists()


def test_several_databases_are_not_guessed_among(tmp_path: Path) -> None:
    for name in ("one", "two", "admin"):
        (tmp_path / "dump" / name).mkdir(parents=True)
        (tmp_path / "dump" / name / "users.bson").write_bytes(bson.encode({"_id": "u"}))
    assert "several databases (one, two)" in refused(tmp_path / "data", tmp_path / "dump")


@pytest.mark.parametrize(
    "damage",
    [lambda sound: sound[:-7], lambda sound: sound.replace(b"\x02msg", b"\x7emsg", 1)],
    ids=["cut off", "garbled"],
)
def test_a_damaged_file_is_named_and_nothing_is_called_done(
    tmp_path: Path, given: tuple[str, Database[Any]], damage: Callable[[bytes], bytes]
) -> None:
    dump = write(tmp_path, whole())
    file = dump / "rocketchat" / "rocketchat_message.bson"
    sound = file.read_bytes()
    file.write_bytes(damage(sound))
    uri, database = given
    assert f"{file} is damaged" in refused(tmp_path / "data", dump, MONGODB_URI=uri)
    assert database["contrail_migrations"].count_documents({}) == 0
    file.write_bytes(sound)
    restored(tmp_path / "data", dump, MONGODB_URI=uri)
    assert database["rocketchat_message"].count_documents({}) == 60
