"""What the environment's variables say, or one line about the one that makes no sense."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import ValidationError
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from contrail.domain import seeds
from contrail.domain.environment import OVERWRITE, Environment
from contrail.domain.workspace import TEST_ADMIN
from local.console import LocalError
from local.hostile import Hostile


def port_of(variables: Mapping[str, str]) -> int:
    text = variables.get("PORT") or "3000"
    if not text.isdecimal() or len(text) > 5 or not 0 < int(text) < 65536:
        raise LocalError(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def hostile_of(variables: Mapping[str, str]) -> Hostile | None:
    text = variables.get("HOSTILE", "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise LocalError(f"HOSTILE must be a seed, a number of at most 9 digits, not {text!r}")
    return Hostile(int(text))


def environment_of(variables: Mapping[str, str]) -> Environment:
    try:
        usual = {"ROOT_URL": f"http://localhost:{port_of(variables)}"}
        environment = Environment.read({**usual, **variables})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0]).upper()
        raise LocalError(f"{name}: {error.errors()[0]['msg']}") from None
    if not environment.root_url.startswith(("http://", "https://")):
        raise LocalError(f"ROOT_URL must be an http(s) address, not {environment.root_url!r}")
    return environment


def notes_of(environment: Environment) -> list[str]:
    """What is worth knowing. Raises LocalError for an overwritten setting of a wrong type."""
    declared = seeds.settings(environment, datetime.now(UTC))
    try:
        seeds.overwritten(environment, declared)
    except ValueError as error:
        raise LocalError(str(error)) from None
    unknown = environment.overwrites.keys() - {setting["_id"] for setting in declared}
    notes = [f"{OVERWRITE}{name} is ignored: no such setting" for name in sorted(unknown)]
    if environment.test_mode:
        notes.append(f"TEST_MODE is on: sign in as {TEST_ADMIN}")
    return notes


def uri_of(variables: Mapping[str, str]) -> str:
    """MONGODB_URI, empty when there is none: then an embedded server is started."""
    uri = variables.get("MONGODB_URI", "")
    if uri:
        try:
            parse_uri(uri)
        except (PyMongoError, ValueError) as error:
            raise LocalError(f"MONGODB_URI is not usable: {error}") from None
    return uri
