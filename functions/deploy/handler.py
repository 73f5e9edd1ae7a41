"""Entry point of the deploy function."""

from contrail.api.entry import entry
from functions.deploy.routes import TABLE

handler = entry(TABLE)
