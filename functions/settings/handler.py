"""Entry point of the settings function."""

from contrail.api.entry import entry
from functions.settings.routes import TABLE

handler = entry(TABLE)
