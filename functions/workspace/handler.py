"""Entry point of the workspace function."""

from contrail.api.entry import entry
from functions.workspace.routes import TABLE

handler = entry(TABLE)
