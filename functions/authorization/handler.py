"""Entry point of the authorization function."""

from contrail.api.entry import entry
from functions.authorization.routes import TABLE

handler = entry(TABLE)
