"""What a function is told by its environment, typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

OVERWRITE = "OVERWRITE_SETTING_"


class Environment(BaseModel):
    """`overwrites` maps setting ids to the text that OVERWRITE_SETTING_<id> gave them.

    `origin_secret` is the name of the secret that the edge shows; empty where there is no edge.
    `create_tokens_for_users_secret` is what who makes login tokens, for whomever, has to show.
    `allowed_private_hosts` are exceptions for outgoing requests: `ports.http.addresses.Allowed`.
    `admin_pass_secret` is the name of the secret with the first admin's password.
    `mail_url` (`smtp://user:password@host:587`) sends mail where the settings name no server, and
    `mail_service` is the cloud's, where neither does.
    """

    model_config = ConfigDict(frozen=True)

    root_url: str = "http://localhost:3000"
    edition: Literal["community", "enterprise"] = "community"
    test_mode: bool = False
    origin_secret: str = ""
    create_tokens_for_users_secret: str = ""
    allowed_private_hosts: str = ""
    admin_username: str = ""
    admin_name: str = ""
    admin_email: str = ""
    admin_pass: str = Field(default="", repr=False)
    admin_pass_secret: str = ""
    mail_url: str = Field(default="", repr=False)
    mail_service: Literal["", "ses"] = ""
    overwrites: dict[str, str] = {}

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Environment:
        """Raises pydantic's ValidationError for an EDITION that does not exist."""
        found: dict[str, object] = {
            name: variables[name.upper()]
            for name in cls.model_fields
            if name not in ("overwrites", "test_mode") and variables.get(name.upper())
        }
        found["test_mode"] = variables.get("TEST_MODE", "").lower() == "true"
        found["overwrites"] = {
            key.removeprefix(OVERWRITE): value
            for key, value in variables.items()
            if key.startswith(OVERWRITE)
        }
        environment = cls.model_validate(found)
        return environment.model_copy(update={"root_url": environment.root_url.rstrip("/")})
