"""CloudFormation calls the deploy function at each deployment, and always hears what came of it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pymongo.database import Database

from contrail.api.entry import entry
from contrail.domain.migrations import MIGRATIONS
from contrail.ports.web import WebError
from functions.deploy.routes import TABLE
from tests.deploy.conftest import Deploy
from tests.support.cloudformation import CloudFormation
from tests.support.isolated import IsolatedWorkspace

LATEST = MIGRATIONS[-1].number
NAMED = {
    "StackId": "arn:aws:cloudformation:us-east-1:1:stack/contrail-main-deploy/1",
    "RequestId": "a-request",
    "LogicalResourceId": "Prepared",
}


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudFormation's address is a public one; the one in these tests is not."""
    monkeypatch.setenv("ALLOWED_PRIVATE_HOSTS", "127.0.0.0/8")


def test_a_deployment_prepares_the_database_and_says_so(
    database: Database[Any], deploy: Deploy
) -> None:
    with CloudFormation() as cloud:
        deploy(database)(cloud.event())
    (answer,) = cloud.answers
    migrated = answer["Data"].pop("migrated")
    assert answer == {
        **NAMED,
        "Status": "SUCCESS",
        "PhysicalResourceId": "Prepared",
        "NoEcho": True,
        "Data": {"version": str(LATEST), "ahead": "False"},
    }
    assert "unique names" in migrated
    assert database["rocketchat_room"].find_one({"_id": "GENERAL"})


def test_an_update_keeps_the_resource_and_a_deletion_the_data(
    database: Database[Any], deploy: Deploy
) -> None:
    handler = deploy(database)
    with CloudFormation() as cloud:
        handler(cloud.event("Update", PhysicalResourceId="as it was"))
        before = database["rocketchat_settings"].count_documents({})
        handler(cloud.event("Delete", PhysicalResourceId="as it was"))
    assert [one["PhysicalResourceId"] for one in cloud.answers] == ["as it was"] * 2
    assert [one["Status"] for one in cloud.answers] == ["SUCCESS"] * 2
    assert before == database["rocketchat_settings"].count_documents({}) > 800


def test_a_refusal_fails_the_deployment_in_words_for_people(
    database: Database[Any], deploy: Deploy
) -> None:
    database["migrations"].insert_one({"_id": "control", "locked": True})
    with CloudFormation() as cloud:
        deploy(database)(cloud.event())
    (answer,) = cloud.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Rocket.Chat is changing this database")
    assert "Data" not in answer


def test_what_was_not_foreseen_fails_it_and_stands_in_the_log_alone(
    database: Database[Any], deploy: Deploy, caplog: pytest.LogCaptureFixture
) -> None:
    with CloudFormation() as cloud, caplog.at_level(logging.ERROR):
        deploy(database, ADMIN_PASS_SECRET="gone")(cloud.event())
    (answer,) = cloud.answers
    assert answer["Reason"] == "KeyError: the function's log says more"
    assert "task failed" in caplog.text


def test_a_function_that_lacks_its_database_says_so_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It cannot even start: the stack would wait for an hour."""
    monkeypatch.delenv("MONGODB_URI", raising=False)
    with CloudFormation() as cloud:
        entry(TABLE)(cloud.event())
    (answer,) = cloud.answers
    assert answer["Status"] == "FAILED"
    assert "the function's log" not in answer["Reason"]


def test_an_answer_that_is_not_taken_is_given_again(
    database: Database[Any], deploy: Deploy
) -> None:
    with CloudFormation(503, 200) as cloud:
        deploy(database)(cloud.event())
    assert len(cloud.answers) == 1
    with CloudFormation(403) as cloud, pytest.raises(WebError):
        deploy(database)(cloud.event("Delete"))


def test_the_function_answers_from_its_own_package(
    mongo_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As deployed: in a process of its own, with its variables and secrets alone."""
    isolated = IsolatedWorkspace(
        mongo_uri, tmp_path_factory.mktemp("deployed"), allowed_private_hosts="127.0.0.0/8"
    )
    try:
        with CloudFormation() as cloud:
            isolated.runtime.functions["deploy"](cloud.event())
        (answer,) = cloud.answers
        assert answer["Data"] == {"version": str(LATEST), "migrated": "", "ahead": "False"}
        assert isolated.runtime.functions["deploy"]({"task": "prepare"})["version"] == LATEST
        admins = list(isolated.database["users"].find({"roles": "admin"}))
        assert len(admins) == 1  # that of TEST_MODE: the secret's was not needed
    finally:
        isolated.stop()
