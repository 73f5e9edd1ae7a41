"""The secrets port on Parameter Store or Secrets Manager."""

from __future__ import annotations

import time
from collections.abc import Callable

from contrail.ports.aws.table import Client
from contrail.ports.secrets import FRESH

MISSING = ("ParameterNotFound", "ResourceNotFoundException")


class CloudSecrets:
    """Each secret is read once by an instance and kept in memory, never logged.

    `prefix` stands before every name. With a leading slash (`/contrail/`) names are those of
    SecureString parameters, otherwise (`contrail/`) of Secrets Manager's secrets.
    """

    def __init__(
        self,
        ssm: Client,
        manager: Client,
        prefix: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ssm = ssm
        self._manager = manager
        self._prefix = prefix
        self._monotonic = monotonic
        self._known: dict[str, str] = {}
        self._renewed: dict[str, float] = {}

    def get(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def renewed(self, name: str) -> str:
        now = self._monotonic()
        if now - self._renewed.get(name, -FRESH) >= FRESH:
            # Noted before: while it cannot be read it is not asked for by every request.
            self._renewed[name] = now
            self._known[name] = self._read(name)
        return self.get(name)

    def _read(self, name: str) -> str:
        place = self._prefix + name
        client = (self._ssm if place.startswith("/") else self._manager)()
        try:
            if place.startswith("/"):
                answer = client.get_parameter(Name=place, WithDecryption=True)["Parameter"]
                return str(answer["Value"])
            return str(client.get_secret_value(SecretId=place)["SecretString"])
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise KeyError(name) from None
            raise
