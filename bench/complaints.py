"""What the product's processes complained of in their logs."""

from collections import Counter
from pathlib import Path

import orjson

_WORSE = {"warning", "error", "critical"}


def complaints(folder: Path) -> dict[str, int]:
    """How often, by process and event; a line that is no JSON (a traceback) counts as `text`."""
    found: Counter[str] = Counter()
    for log in sorted(folder.glob("*.log")):
        for line in log.read_bytes().splitlines():
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError:
                found[f"{log.stem}: text"] += 1
                continue
            if entry.get("level") in _WORSE:
                code = entry.get("code", "")
                found[f"{log.stem}: {entry.get('event')} {code}".rstrip()] += 1
    return dict(found)
