"""Entry point of the mail function."""

from contrail.api.entry import entry
from functions.mail.routes import TABLE

handler = entry(TABLE)
