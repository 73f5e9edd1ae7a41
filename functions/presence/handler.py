"""Entry point of the presence function."""

from contrail.api.entry import entry
from functions.presence.routes import TABLE

handler = entry(TABLE)
