"""Entry point of the streamer function."""

from contrail.api.entry import entry
from functions.streamer.routes import TABLE

handler = entry(TABLE)
