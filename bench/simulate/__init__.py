"""The fan-out's own code against a modelled cloud, on a clock that does not wait."""
