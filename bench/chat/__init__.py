"""The load of chat on one core: sends with their fan-out, histories, logins, idle connections."""
