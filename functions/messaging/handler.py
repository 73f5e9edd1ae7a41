"""Entry point of the messaging function."""

from contrail.api.entry import entry
from functions.messaging.routes import TABLE

handler = entry(TABLE)
