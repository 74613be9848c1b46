"""How many examples a property is tried with."""

from hypothesis import settings


def examples(times: float = 1) -> int:
    """So many times a hundred; a quarter of it in `make check`, whose profile is `quick`
    (`tests/conftest.py`)."""
    return max(1, round(settings().max_examples * times))
