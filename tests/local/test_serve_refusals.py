"""What a person can put right ends in one line that says it, and leaves nothing running."""

from __future__ import annotations

import re
import socket
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.program import Program, free_port

NUMBER = "must be a number from 1 to 65535"


def refused(program: Program, said: str, seconds: float = 10.0) -> None:
    """It ends with exit code 1 and one line with `said` in it."""
    with program:
        status, errors = program.ended(seconds)
        assert re.fullmatch(rf"contrail: .*{re.escape(said)}.*\n", errors), errors
        assert status == 1
        assert program.left() == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PORT": "http"}, f"PORT {NUMBER}, not 'http'"),
        ({"PORT": "³"}, f"PORT {NUMBER}, not '³'"),
        ({"PORT": "70000"}, f"PORT {NUMBER}, not '70000'"),
        ({"EDITION": "gold"}, "EDITION: Input should be 'community' or 'enterprise'"),
        ({"ROOT_URL": "chat.example.com"}, "ROOT_URL must be an http(s) address"),
        (
            {"OVERWRITE_SETTING_API_Default_Count": "many"},
            "OVERWRITE_SETTING_API_Default_Count must be a whole number",
        ),
        (
            {"OVERWRITE_SETTING_Accounts_TwoFactorAuthentication_Enabled": "perhaps"},
            "OVERWRITE_SETTING_Accounts_TwoFactorAuthentication_Enabled must be true or false",
        ),
        ({"MONGODB_URI": "http://localhost"}, "MONGODB_URI is not usable: Invalid URI scheme"),
        ({"MONGODB_URI": "mongodb://localhost:99999"}, "MONGODB_URI is not usable: Port must be"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    refused(Program(tmp_path / "data", **variables), said)
    assert not (tmp_path / "data").exists()


def test_a_database_that_does_not_answer_is_given_up_on(tmp_path: Path) -> None:
    port = free_port()
    said = f"cannot use the database that MONGODB_URI names: 127.0.0.1:{port}: "
    refused(Program(tmp_path, MONGODB_URI=f"mongodb://127.0.0.1:{port}"), said, 15)


def test_a_port_in_use_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused(Program(tmp_path / "data", PORT=str(port)), f"port {port} is in use")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("file", "file is a file, not a folder"),
        ("file/data", "file/data: Not a directory"),
        ("odd-mongo", "odd-mongo/mongo: File exists"),
        ("odd-log", "odd-log/logs/contrail.log: Is a directory"),
        ("odd-secrets", "odd-secrets/secrets.json is damaged: restore it from a backup"),
    ],
)
def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path, where: str, said: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "odd-mongo").mkdir()
    (tmp_path / "odd-mongo" / "mongo").touch()
    (tmp_path / "odd-log" / "logs" / "contrail.log").mkdir(parents=True)
    (tmp_path / "odd-secrets").mkdir()
    (tmp_path / "odd-secrets" / "secrets.json").write_text("{")
    refused(Program(tmp_path / where), said)


def test_a_second_program_on_the_same_folder_is_told_who_has_it(tmp_path: Path) -> None:
    with Program(tmp_path) as first:
        first.say("Starting the database\n")
        with Program(tmp_path) as second:
            status, errors = second.ended()
        said = f"another Contrail is already running on {tmp_path} (pid {first.process.pid})"
        assert (status, errors) == (1, f"contrail: {said}\n")
        first.ready()


def test_without_the_database_server_it_says_how_to_install_it(tmp_path: Path) -> None:
    """In a virtual environment that has the libraries, but not the server's program."""
    venv.create(tmp_path / "venv", symlinks=True)
    lib = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    libraries = sysconfig.get_path("purelib")
    (tmp_path / "venv" / lib / "libraries.pth").write_text(f"{libraries}\n")
    python = tmp_path / "venv" / "bin" / "python"
    said = f"missing tool: {python.with_name('secantusd-py')} is not installed; run `make serve`"
    refused(Program(tmp_path / "data", python=str(python)), said)


def test_an_admin_whose_name_is_taken_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    taken = {"ADMIN_USERNAME": "rocket.cat", "ADMIN_PASS": "secret"}
    refused(Program(tmp_path / "data", **taken), "no admin made: rocket.cat", 20.0)
