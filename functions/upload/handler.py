"""Entry point of the upload function."""

from contrail.api.entry import entry
from functions.upload.routes import TABLE

handler = entry(TABLE)
