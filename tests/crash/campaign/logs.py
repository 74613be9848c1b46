"""What the processes' logs say that they should not."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import orjson

from tests.crash.campaign.instances import Exit

_MARK = "Traceback (most recent call last)"
BY_A_FAULT = frozenset({1, 70})
"""Exit codes of a process that says it cannot go on, and wants to be started afresh."""


def tracebacks(folder: Path) -> dict[str, int]:
    """`log: last line of the traceback` → how often."""
    found: Counter[str] = Counter()
    for log in sorted(folder.glob("*.log")):
        inside = False
        for line in log.read_text("utf-8", "replace").splitlines():
            if line.startswith("{"):
                inside = False
                if _MARK in line:
                    found[f"{log.name}: {_last_of(line)}"] += 1
            elif _MARK in line:
                inside = True
            elif line.startswith("Fatal Python error"):
                found[f"{log.name}: {line[:300]}"] += 1
            elif inside and line and not line[0].isspace():
                found[f"{log.name}: {line[:300]}"] += 1
                inside = False
    return dict(found)


def _last_of(line: str) -> str:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line[:300]
    text = str(content.get("exception", content))
    return f"{content.get('event')}: {text.strip().splitlines()[-1][:300]}"


def reasons(exits: Iterable[Exit]) -> dict[str, int]:
    """Why processes ended by themselves, by their last line without its time and place."""
    found: Counter[str] = Counter()
    for each in exits:
        found[f"{each.instance.rpartition('-')[0]} exit {each.code}: {_why(each.last_line)}"] += 1
    return dict(found)


def _why(line: str) -> str:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line[:200]
    return str(content.get("error") or content.get("raw") or content.get("event"))[:200]
