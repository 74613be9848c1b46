"""Mutations and hostile outputs by the thousand: too long for `make check`, part of `make test`.
`make fuzz` is the long run."""

import pytest
from pydantic import JsonValue

from tests.fuzz.checks import broken
from tests.fuzz.mutations import mutated
from tests.fuzz.run import fuzz
from tests.fuzz.seeds import seeds
from tests.hostile import hostile
from tests.promises import broken_promises
from tests.unit.formats.test_linear_time import steep

SEED = 2026


def test_no_mutation_breaks_a_promise() -> None:
    run = fuzz(broken, SEED, seconds=30, most=100_000)
    assert run.failure is None, str(run.failure)
    assert run.mutations > 1_000


def test_a_mutation_follows_from_its_seed_and_number() -> None:
    texts = seeds()
    once, again = ([mutated(1, n, texts) for n in range(300)] for _ in range(2))
    assert repr(once) == repr(again)
    assert len({*map(repr, once)}) > 200
    assert repr(mutated(2, 7, texts)) != repr(once[7])


def test_a_failure_is_shrunk_and_can_be_made_again() -> None:
    def check(output: JsonValue) -> list[str]:
        return ["it says create"] if "create" in repr(output) else []

    run = fuzz(check, SEED, seconds=30, most=10_000)
    assert run.failure is not None
    assert run.failure.output == "create"
    assert f"--seed {SEED} --first {run.failure.number} --most 1" in str(run.failure)
    again = fuzz(check, SEED, seconds=30, most=1, first=run.failure.number)
    assert again.failure == run.failure


def test_a_reader_that_guesses_is_soon_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thinking that stood inside a value: taken out without a trace, its halves are one text."""
    monkeypatch.setattr("processors.formats.reasoning.GONE", "")
    run = fuzz(broken_promises, SEED, seconds=60, most=200_000)
    assert run.failure is not None
    assert "does not stand in the output" in run.failure.broken[0]


def test_no_hostile_output_takes_more_than_linear_time() -> None:
    assert steep(list(hostile()), 16_384) == []
