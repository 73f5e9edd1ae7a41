"""What docs/operations.md says of the stacks, held against what they are."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from contrail.ports.aws.table import TABLES
from contrail.store.database import connect
from infra.context import PROFILES, Context
from infra.profiles import Name, topology
from tests.deploy.test_operations import commands
from tests.infra.assembly import Assembly
from tests.infra.workspaces import CONTEXT, WORKSPACES

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
EVERYWHERE = {"--output", "--query", "--region", "--profile"}
IN_ORDER: tuple[Name, ...] = ("idle", "prod")
KEPT = 10
"""Connections of a node that Atlas keeps for itself."""


def rows(title: str, page: str = PAGE) -> Iterator[list[str]]:
    """Of the first table of a section, cell by cell, without its head."""
    section = re.split(r"^#+ ", page.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = re.findall(r"(?:^\|.*\|$\n?)+", section, flags=re.MULTILINE)[0].splitlines()
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def spelled(cells: Iterable[str], of: Context) -> list[str]:
    """Names for which others stand, in full and with the workspace's prefix."""
    every = {
        "<queue>": [one.name for one in of.topology.queues],
        "<function>": [one.name for one in of.topology.functions],
        "<table>": list(TABLES),
    }
    found: list[str] = []
    for name in (name for cell in cells for name in names(cell)):
        stands = next((one for one in every if one in name), "")
        found += [name.replace(stands, one) for one in every[stands]] if stands else [name]
    return [f"{of.prefix}-{name}" for name in found]


def test_each_alarm_is_explained_and_none_that_is_not_there(
    main: Assembly, other: Assembly
) -> None:
    explained = list(rows("Alarms"))
    assert all(len(row) == 4 and all((row[0], row[2], row[3])) for row in explained)
    for assembly, column in ((other, 0), (main, 1)):
        made = [one.properties["AlarmName"] for one in assembly.of("CloudWatch::Alarm")]
        context = Context.read({**CONTEXT, **WORKSPACES[assembly.folder.name]})
        assert sorted(spelled((row[column] for row in explained), context)) == sorted(made)


def test_what_may_be_chosen_is_listed_and_nothing_else_is_asked(
    main: Assembly, other: Assembly
) -> None:
    listed = [
        name for row in rows("Deploying to AWS", _after("What may be")) for name in names(row[0])
    ]
    assert sorted(listed) == sorted(Context.wanted())
    for assembly in (main, other):
        for template in assembly.stacks.values():
            for name, asked in template.get("Parameters", {}).items():
                assert "Default" in asked, name


def test_the_stacks_are_those_that_are_listed_in_their_order(other: Assembly) -> None:
    listed = [names(row[0])[0] for row in rows("Deploying to AWS")]
    made = [one.replace("<workspace>", "other") for one in listed]
    files = {file.name.removesuffix(".template.json") for file in other.files}
    assert set(made) == files
    assert made[-1].endswith("-firewall")


def test_what_profiles_differ_in_is_what_the_table_says() -> None:
    table = {
        row[0]: row[1:] for row in rows("Deploying to AWS", _after("|  | `idle`", "| | `idle`"))
    }
    for place, profile in enumerate(IN_ORDER):
        sizes, queues = PROFILES[profile], len(topology(profile).queues)
        assert table["polled queues"][place] == str(queues)
        assert table["batches of a queue at once"][place] == str(sizes.polls)
        assert table["requests a second to each gateway, at once"][place] == (
            f"{sizes.rate:,}, {sizes.burst:,}"
        )
        assert table["logs are kept"][place] == f"{sizes.logs} days"
        assert ("SecureString" in table["secrets"][place]) == sizes.parameters
        assert (table["firewall"][place] == "none") != sizes.firewall


def test_stacks_that_commands_name_are_there(main: Assembly) -> None:
    made = {file.name.removesuffix(".template.json") for file in main.files}
    said = [line for line in commands(PAGE) if "bin/cdk " in line]
    assert len(said) > 5
    for line in said:
        for word in shlex.split(line)[2:]:
            if word.startswith("contrail-"):
                assert word in made, line
    keys = re.findall(r"-c (\w+)=", "\n".join(said))
    assert set(keys) <= set(Context.wanted())


def test_secrets_that_commands_fill_are_those_that_functions_read() -> None:
    said = "\n".join(line for line in commands(PAGE) if line.startswith("aws "))
    filled = set(re.findall(r"--(?:name|secret-id) (\S+)", said))
    idle, prod = (Context.read({**CONTEXT, "profile": one}) for one in ("idle", "prod"))
    assert filled == {
        *(f"{idle.secrets}{one}" for one in ("mongodb-uri", "admin-password")),
        f"{prod.secrets}mongodb-uri",
    }


@pytest.mark.parametrize("command", [one for one in commands(PAGE) if one.startswith("aws ")])
def test_a_command_of_awss_is_spelled_as_its_api_is(command: str) -> None:
    _, service, operation, *rest = shlex.split(command)
    if service == "s3":
        assert operation in ("sync", "cp", "ls")
        return
    model = botocore.session.get_session().get_service_model(service)
    known = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(known[operation]).input_shape
    options = {f"--{xform_name(name, '-')}" for name in shape.members} | EVERYWHERE
    assert {word for word in rest if word.startswith("--")} <= options


def test_a_cluster_carries_as_many_processes_as_the_table_says() -> None:
    pool = inspect.signature(connect).parameters["pool"].default
    each = pool + 1  # the driver's monitoring
    for tier, connections, processes in rows("Capacity"):
        node, at_once = (int(cell.replace(",", "")) for cell in (connections, processes))
        assert at_once == (node - KEPT) // each, tier


def _after(*begin: str) -> str:
    """The page, beginning with a section whose first table follows these words."""
    place = next(PAGE.index(one) for one in begin if one in PAGE)
    return f"# Deploying to AWS\n{PAGE[place:]}"
