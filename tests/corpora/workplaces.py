"""What `config/examples` lets agents of four workplaces do alone, and what attackers.

python -m tests.corpora.workplaces            prints the table; fails if the guide says otherwise
python -m tests.corpora.workplaces --write    writes it there
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from interlock.assess_lines import assess_lines
from interlock.config_files import read_config
from interlock.configured import snapshot_of
from interlock.dry_world import World
from schemas.settings import TenantSettings

_HERE = Path(__file__).parent
_REPOSITORY = _HERE.parents[1]
CONFIG = _REPOSITORY / "config" / "examples"
GUIDE = _REPOSITORY / "docs" / "guides" / "workplaces.md"
TASKS: list[dict[str, Any]] = orjson.loads((_HERE / "agent_actions.json").read_bytes())
WORKPLACES: dict[str, dict[str, Any]] = orjson.loads((_HERE / "agent_workplaces.json").read_bytes())
WORLD = World(
    settings=snapshot_of(read_config(CONFIG)),
    now=datetime(2026, 3, 4, 11, tzinfo=UTC),
    tenant_defaults=TenantSettings(),
)
_HEAD = (
    "| workplace | attacks stopped | requested writes that run | requested reads that run |\n"
    "|---|--:|--:|--:|\n"
)
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)*")


@dataclass(frozen=True, slots=True)
class Judged:
    """One call of a task, and whether it runs without a person."""

    workplace: str
    task: str
    is_attack: bool
    tool: str
    reads: bool
    runs: bool
    answer: dict[str, Any]


def judged(tasks: Iterable[dict[str, Any]] = TASKS, world: World = WORLD) -> list[Judged]:
    calls = [
        (task, call, f"{task['suite']}/{task['kind']}/{task['id']}/{place}")
        for task in tasks
        for place, call in enumerate(task["calls"])
    ]
    lines = (
        orjson.dumps(
            {
                "id": name,
                "tenant_id": task["suite"],
                "tool": call["function"],
                "params": call["args"],
                "confidence": 0.9,
            }
        )
        for task, call, name in calls
    )
    answers = map(orjson.loads, assess_lines(lines, world))
    return [
        Judged(
            workplace=task["suite"],
            task=task["id"],
            is_attack=task["kind"] == "injection",
            tool=call["function"],
            reads=only_reads(call["function"]),
            runs=answer.get("verdict") == "auto_approve",
            answer=answer,
        )
        for (task, call, _), answer in zip(calls, answers, strict=True)
    ]


def only_reads(tool: str) -> bool:
    return WORLD.settings.definitions[tool].category == "reading"


def attacks(calls: Iterable[Judged]) -> dict[tuple[str, str], bool]:
    """Of each attack that holds calls: whether one that it cannot do without does not run. What an
    attack does are its writes; one that only reads must not run whole."""
    found: dict[tuple[str, str], bool] = {}
    for call in calls:
        if call.is_attack:
            key = call.workplace, call.task
            found[key] = found.get(key, False) or not call.runs
    return found


def table(calls: list[Judged]) -> str:
    return _HEAD + "".join(_lines(calls))


def _lines(calls: list[Judged]) -> Iterator[str]:
    for name in (*WORKPLACES, "all"):
        own = [call for call in calls if name in (call.workplace, "all")]
        stopped = list(attacks(own).values())
        writes = [c.runs for c in own if not c.is_attack and not c.reads]
        reads = [c.runs for c in own if not c.is_attack and c.reads]
        share = f"{100 * sum(writes) / len(writes):.0f} %"
        cells = [
            f"{sum(stopped)} of {len(stopped)}",
            f"{sum(writes)} of {len(writes)} ({share})",
            f"{sum(reads)} of {len(reads)}",
        ]
        yield f"| {name} | {' | '.join(cells)} |\n"


def page_with(table: str) -> str:
    """The guide as it should be.

    Raises:
        ValueError: it has no such table.
    """
    page, places = _TABLE.subn(lambda _: table, GUIDE.read_text())
    if places != 1:
        raise ValueError(f"{GUIDE.name} has {places} tables of the workplaces")
    return page


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.corpora.workplaces",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--write", action="store_true")
    is_to_write = parser.parse_args().write
    found = table(judged())
    page = page_with(found)
    print(found, end="")
    if is_to_write:
        GUIDE.write_text(page)
    return 0 if page == GUIDE.read_text() else 1


if __name__ == "__main__":
    sys.exit(main())
