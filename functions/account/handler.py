"""Entry point of the account function."""

from contrail.api.entry import entry
from functions.account.routes import TABLE

handler = entry(TABLE)
