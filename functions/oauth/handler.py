"""Entry point of the oauth function."""

from contrail.api.entry import entry
from functions.oauth.routes import TABLE

handler = entry(TABLE)
