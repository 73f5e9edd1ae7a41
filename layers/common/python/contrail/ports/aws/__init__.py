"""The ports' AWS adapters. Importing them imports no AWS library and creates no client."""
