"""Entry point of the teams function."""

from contrail.api.entry import entry
from functions.teams.routes import TABLE

handler = entry(TABLE)
