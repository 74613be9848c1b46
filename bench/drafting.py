"""What draft costs without Kafka and PostgreSQL: `python -m bench.drafting [--only NAME]`.

One JSON line a figure, CPU time, median of `n` runs:

documented_object, documented_text   a response with two `create_task` in the documented shape,
                        read, typed, validated and built by `processors.draft.process`;
                        ratio: to the least that does the same checks on the same parameters,
                        orjson.loads and the compiled validator
prose_64k               64 KB of prose with a JSON block at the end; ratio: to one regular
                        expression that looks at every character
dialect_<name>          the shipped output of each format; ratio: to documented_text's floor
hostile                 every hostile output (`tests.hostile`) at 64 KB and 256 KB: the slowest at
                        256 KB, and the steepest: `ratio` is the time of four times the text
lines                   responses/s of `interlock draft --jsonl`'s core over the corpus
"""

import argparse
import functools
import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import JsonValue

from bench.figure import figure, show
from interlock.config_files import read_config
from interlock.configured import snapshot_of
from interlock.draft_lines import draft_lines
from processors.draft import DraftFacts, process
from processors.formats import read_output
from processors.snapshot import Snapshot
from processors.validation import _validator
from schemas.events import LlmResponse
from schemas.names import TenantId
from tests.hostile import Hostile, hostile
from tests.outputs import FORMATS, JSON, PARAMS

ROOT = Path(__file__).parents[1]
DOCUMENTED: dict[str, JsonValue] = {
    "analysis": "Las ventas de marzo bajaron.",
    "actions": [
        {
            "action_type": "create_task",
            "parameters": PARAMS,
            "confidence": 0.85,
            "reasoning": "Hay que mirar las ventas.",
        }
    ]
    * 2,
}
PROSE = "Una frase corriente, con `código`, «comillas», 3 números (1, 2) y nada que hacer.\n"
BLOCK = "```json\n" + orjson.dumps(DOCUMENTED).decode() + "\n```\n"
SMALL, LARGE = 65_536, 262_144
SLOW_MS = 8.0
"""At 256 KB; what is faster has too little to measure for a ratio."""


@functools.cache
def snapshot() -> Snapshot:
    return snapshot_of(read_config(ROOT / "config", demo=True))


def micros(work: Callable[[], object], n: int) -> float:
    """CPU microseconds: the median of many runs."""
    runs: list[float] = []
    for _ in range(n):
        began = time.process_time_ns()
        work()
        runs.append((time.process_time_ns() - began) / 1e3)
    return statistics.median(runs)


def drafting(output: JsonValue) -> Callable[[], object]:
    facts = DraftFacts(
        settings=snapshot(), now=datetime.now(UTC), content_hash="", first_content=None
    )
    response = LlmResponse(
        tenant_id=TenantId("demo"), response_id="r", trace_id="ab" * 16, output=output
    )
    assert process(response, facts).outputs, "it proposes something"
    return lambda: process(response, facts)


def floor() -> Callable[[], object]:
    """Two actions' parameters parsed and validated."""
    plugin = snapshot().plugin("create_task")
    assert plugin is not None
    schema = orjson.dumps(plugin.parameters, option=orjson.OPT_SORT_KEYS)
    validator = _validator(schema, True).compiled
    raw = JSON.encode()
    return lambda: [validator.is_valid(orjson.loads(raw)) for _ in range(2)]


def documented(n: int = 5_000) -> Iterator[dict[str, Any]]:
    least = micros(floor(), n)
    for name, output in (("object", DOCUMENTED), ("text", orjson.dumps(DOCUMENTED).decode())):
        cost = micros(drafting(output), n)
        yield figure(f"documented_{name}", cost, "µs", ratio=cost / least, n=n, floor=least)


def prose(n: int = 50) -> Iterator[dict[str, Any]]:
    text = (PROSE * (SMALL // len(PROSE.encode())))[: -len(BLOCK)] + "\n" + BLOCK
    least = micros(lambda: re.findall(r"[{\[`]", text), n)
    cost = micros(drafting(text), n)
    yield figure("prose_64k", cost / 1e3, "ms", ratio=cost / least, n=n, floor=least / 1e3)


def dialects(n: int = 1_000) -> Iterator[dict[str, Any]]:
    least = micros(floor(), n)
    for name, (output, _) in FORMATS.items():
        cost = micros(drafting(output), n)
        title = "dialect_" + name.replace(",", "").replace(" ", "_")
        yield figure(title, cost, "µs", ratio=cost / least, n=n)


def hostile_ms(case: Hostile, size: int, n: int) -> float:
    text = case.text(size)
    runs: list[float] = []
    for _ in range(n):
        began = time.process_time_ns()
        read_output(text)
        runs.append((time.process_time_ns() - began) / 1e6)
    return min(runs)


def hostile_outputs() -> Iterator[dict[str, Any]]:
    """The best of a few runs: what the text costs, not what the machine adds."""
    cases = [(case, hostile_ms(case, SMALL, 2), hostile_ms(case, LARGE, 1)) for case in hostile()]
    slow = sorted((row for row in cases if row[2] > SLOW_MS), key=lambda row: -row[2])
    for name, rows in (("slowest", slow), ("steepest", sorted(slow, key=_steepness)[::-1])):
        for case, _, _ in rows[:5]:
            small, large = hostile_ms(case, SMALL, 5), hostile_ms(case, LARGE, 5)
            details = {"text": case.name, "ms_64k": small, "of": len(cases)}
            yield figure(f"hostile_{name}", large, "ms", ratio=large / small, n=5, **details)


def _steepness(row: tuple[Hostile, float, float]) -> float:
    return row[2] / row[1]


def lines(n: int = 7) -> Iterator[dict[str, Any]]:
    rows = orjson.loads((ROOT / "tests" / "corpora" / "model_outputs.json").read_bytes())
    given = [orjson.dumps({"response_id": "r", "output": row["text"]}) for row in rows]
    cost = micros(lambda: list(draft_lines(given, snapshot())), n) / len(given)
    least = micros(lambda: [orjson.dumps(orjson.loads(line)) for line in given], n) / len(given)
    yield figure("lines", 1e6 / cost, "responses/s", ratio=least / cost, n=n, responses=len(given))


FIGURES: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "documented": documented,
    "prose": prose,
    "dialects": dialects,
    "hostile": hostile_outputs,
    "lines": lines,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.drafting",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--only", metavar="NAME[,NAME]", help=", ".join(FIGURES))
    given = parser.parse_args()
    for name in given.only.split(",") if given.only else FIGURES:
        for line in FIGURES[name]():
            show(line)


if __name__ == "__main__":
    main()
