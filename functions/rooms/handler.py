"""Entry point of the rooms function."""

from contrail.api.entry import entry
from functions.rooms.routes import TABLE

handler = entry(TABLE)
