"""Cold start: importing a function and handling its first request, in a process of its own."""
