"""Mutation after mutation, until one breaks a promise or the time is over."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.shrinking import shrunk

Check = Callable[[JsonValue], list[str]]


@dataclass(frozen=True, slots=True)
class Failure:
    seed: int
    number: int
    """Of the mutation: `--seed` and `--first` make it again."""
    output: JsonValue
    """Shrunk."""
    broken: list[str]

    def __str__(self) -> str:
        again = f"python -m tests.fuzz --seed {self.seed} --first {self.number} --most 1"
        return f"{again}\n{self.output!a}\n" + "\n".join(f"  {said}" for said in self.broken)


@dataclass(frozen=True, slots=True)
class Run:
    mutations: int
    failure: Failure | None = None


def fuzz(check: Check, seed: int, *, seconds: float, most: int, first: int = 0) -> Run:
    """Ends at the first failure, after `most` mutations or `seconds`, whichever comes first."""
    texts = seeds()
    end = time.monotonic() + seconds
    for number in range(first, first + most):
        output = mutated(seed, number, texts)
        if check(output):
            smallest = shrunk(output, lambda value: bool(check(value)))
            return Run(number - first + 1, Failure(seed, number, smallest, check(smallest)))
        if time.monotonic() > end:
            return Run(number - first + 1)
    return Run(most)
