"""Mutation fuzzing of what reads models' outputs: `python -m tests.fuzz` (see `__main__`)."""
