"""Entry point of the LDAP function."""

from contrail.api.entry import entry
from functions.ldap.routes import TABLE

handler = entry(TABLE)
