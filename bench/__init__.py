"""Benchmarks against the floor: `python -m bench` (see `bench.__main__`)."""
