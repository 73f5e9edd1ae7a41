"""Memory and start of each function, in a process of its own: docs/functions.md."""
