"""What whoever deploys may choose: the context keys of `cdk.json` and of `cdk -c key=value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

HTTPS = re.compile(r"https://[a-z0-9.-]+(:\d+)?")


class ContextError(ValueError):
    """One line that names the key and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`polls` is how many batches of a queue may be worked on at once; `logs` in days.

    `protected` stacks with data refuse to be deleted.
    """

    polls: int
    logs: int
    protected: bool


PROFILES = {
    # Fewer pollers ask an empty queue less often: that is what an idle workspace pays for.
    "idle": Profile(polls=2, logs=30, protected=False),
    "prod": Profile(polls=100, logs=90, protected=True),
}


def _address(given: str) -> str:
    if given and not HTTPS.fullmatch(given):
        raise ValueError("must be an https address without a path")
    return given


class Context(BaseModel):
    """`root_url` is the address that links carry; with a `domain` it follows from that.

    `mail` is `ses` once the account may send as the workspace's From_Email, empty before.
    `certificate` is the ARN of the domain's certificate, which CloudFront takes from us-east-1.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    workspace: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,19}$")]
    profile: Literal["idle", "prod"]
    edition: Literal["community", "enterprise"]
    domain: Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$|^$")] = ""
    certificate: Annotated[str, StringConstraints(pattern=r"^arn:aws:acm:us-east-1:.+$|^$")] = ""
    root_url: Annotated[str, AfterValidator(_address), Field(alias="rootUrl")] = ""
    mail: Literal["", "ses"] = ""

    @classmethod
    def wanted(cls) -> list[str]:
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Context:
        """Raises `ContextError`. A key that is None is as good as missing."""
        try:
            context = cls.model_validate({k: v for k, v in given.items() if v is not None})
        except ValidationError as error:
            first = error.errors()[0]
            raise ContextError(f"context key {first['loc'][0]}: {first['msg']}") from None
        if bool(context.domain) != bool(context.certificate):
            raise ContextError("context keys domain and certificate belong together")
        address = context.root_url or (context.domain and f"https://{context.domain}")
        return context.model_copy(update={"root_url": address})

    @property
    def prefix(self) -> str:
        """Before every name that must be the only one of its kind in an account."""
        return f"contrail-{self.workspace}"

    @property
    def secrets(self) -> str:
        """Before every secret's name. Without a leading slash: they are Secrets Manager's."""
        return f"contrail/{self.workspace}/"

    @property
    def variables(self) -> dict[str, str]:
        """What every function of the workspace is told; empty ones are left out."""
        return {
            "ROOT_URL": self.root_url,
            "EDITION": self.edition,
            "MAIL_SERVICE": self.mail,
        }

    @property
    def sizes(self) -> Profile:
        return PROFILES[self.profile]
