"""What one verdict costs without Kafka and PostgreSQL: `python -m bench.assess_core [--only NAME]`.

One JSON line a figure, CPU microseconds at the median of `n` rounds, for an action of five
parameters: `processors.assess.process`, from a drafted action and its facts to the events.

no_rules      no policy pack in force
rules_50      fifty rules of an operator, all about the action: none blocks, the last one allows;
              five are regular expressions
rules_plain   fifty without a regular expression
rules_50_ask  rules_50 and one that blocks, so each is asked by itself
rules_other   the fifty about other types of action
shipped       the pack that ships

ratio: to the floor, measured in the same rounds: the least that evaluates the same conditions, all
joined into one by hand, on values that were converted before, and copies the event. For no_rules
and rules_other it is the copy alone.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bench.figure import figure, show
from bench.policies import ACTION, CONDITIONS, rules
from bench.risk import DEFINITION as TASK
from bench.risk import PLUGIN
from interlock.policy_file import FILE, look_at
from processors.assess import process
from processors.checks import AssessFacts
from processors.impact import History
from processors.policies import CompiledPack, read_pack
from processors.policies.inputs import activation_of
from processors.policies.language import ConditionProblem, Expression, read_condition
from processors.snapshot import Snapshot
from schemas.events import Assessed
from schemas.names import SafetyMode
from schemas.settings import PolicyEffect, PolicyPack, PolicyRule, TenantSettings

ROUNDS, CALLS = 300, 20
DEFINITION = TASK.model_copy(update={"requires_approval": False})
DRAFTED = ACTION.action.model_copy(update={"trace_id": "0" * 31 + "1"})
OPEN = TenantSettings(
    automation_enabled=True,
    approval_required=False,
    auto_approval_threshold=0.8,
    max_actions_per_hour=1_000,
    max_actions_per_day=10_000,
    canary_percentage=1.0,
    safety_mode=SafetyMode.PERMISSIVE,
    domains=["example.com"],
)


def facts(packs: Mapping[str, CompiledPack]) -> AssessFacts:
    return AssessFacts(
        settings=Snapshot(
            version=7,
            tenants={"acme": OPEN},
            definitions={"create_task": DEFINITION},
            plugins={"create_task": PLUGIN},
            policies=packs,
        ),
        tenant_defaults=OPEN,
        system_enabled=True,
        now=ACTION.now,
        history=History(first_time=False, typical_ms=120, successes=40),
    )


def verdict(packs: Mapping[str, CompiledPack]) -> Callable[[], Assessed]:
    given = facts(packs)

    def run() -> Assessed:
        event = process(DRAFTED, given).outputs[0].event
        assert isinstance(event, Assessed)
        return event

    return run


def asking() -> CompiledPack:
    """Fifty rules of which the first blocks and matches."""
    asks = PolicyRule(name="ask", when="impact.score >= 0", effect=PolicyEffect.REQUIRE_APPROVAL)
    return pack([asks, *rules(49).pack.rules])


def pack(said: list[PolicyRule]) -> CompiledPack:
    found = read_pack("bench", PolicyPack(version="1", rules=said))
    assert isinstance(found, CompiledPack), found
    return found


def floor(conditions: list[str]) -> Callable[[], object]:
    """The conditions' values converted, all asked as one expression, and the event copied."""
    copied = verdict({})().model_copy
    if not conditions:
        return copied
    # Two expressions: the library takes no more alternatives in one.
    joined = [" || ".join(f"({c})" for c in half) for half in (conditions[::2], conditions[1::2])]
    expressions: list[Expression] = []
    for text in joined:
        found = read_condition(text, allows=False)
        assert not isinstance(found, ConditionProblem), found
        expressions.append(found)

    def run() -> object:
        values = activation_of(ACTION)
        return [expression.eval(activation=values) for expression in expressions], copied()

    return run


def fifty(conditions: Sequence[str] = CONDITIONS) -> list[str]:
    return [f"{conditions[n % len(conditions)]} && {n} >= 0" for n in range(50)]


PLAIN = [condition for condition in CONDITIONS if "matches" not in condition]


def plain() -> CompiledPack:
    """Fifty rules without a regular expression, of which the last allows."""
    blocking = [
        PolicyRule(name=f"r{n}", when=when, effect=PolicyEffect.REQUIRE_APPROVAL)
        for n, when in enumerate(fifty(PLAIN)[:-1])
    ]
    return pack([*blocking, rules(1).pack.rules[0]])


def median_us(calls: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """CPU time of each, measured in turns."""
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begun = time.process_time_ns()
            for _ in range(CALLS):
                call()
            rounds[name].append((time.process_time_ns() - begun) / CALLS / 1e3)
    return {name: statistics.median(found) for name, found in rounds.items()}


def figures(only: str | None) -> Iterator[dict[str, object]]:
    shipped = look_at(Path(__file__).parents[1] / "config" / FILE)[0]
    cases: dict[str, tuple[Mapping[str, CompiledPack], list[str]]] = {
        "no_rules": ({}, []),
        "rules_50": ({"bench": rules(50)}, fifty()),
        "rules_plain": ({"bench": plain()}, fifty(PLAIN)),
        "rules_50_ask": ({"bench": asking()}, fifty()),
        "rules_other": ({"bench": rules(50, types=["other"])}, []),
        "shipped": (shipped, [rule.when for pack in shipped.values() for rule in pack.pack.rules]),
    }
    for name, (packs, conditions) in cases.items():
        if only not in (None, name):
            continue
        found = median_us({"floor": floor(conditions), "core": verdict(packs)})
        yield figure(
            name,
            found["core"],
            "us",
            ratio=found["core"] / found["floor"],
            floor=found["floor"],
            verdict=verdict(packs)().verdict.value,
            n=ROUNDS,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--only", metavar="NAME")
    for line in figures(parser.parse_args().only):
        show(line)


if __name__ == "__main__":
    main()
