"""One figure, as it is printed."""

import sys
from typing import Any

import orjson


def figure(
    name: str, value: float, unit: str, *, ratio: float | None = None, **details: Any
) -> dict[str, Any]:
    """A figure with what it takes to read it: sizes, single runs."""
    line: dict[str, Any] = {"name": name, "value": rounded(value), "unit": unit}
    if ratio is not None:
        line["ratio"] = rounded(ratio)
    return {**line, **{key: _tidy(detail) for key, detail in details.items()}}


def show(line: dict[str, Any]) -> None:
    print(orjson.dumps(line).decode(), flush=True)


def note(text: str) -> None:
    """Progress, for whoever watches; not part of the output."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def rounded(value: float) -> float:
    """Three figures after the point below ten, one below a thousand, none above."""
    return round(value, 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0)


def _tidy(detail: Any) -> Any:
    if isinstance(detail, float):
        return rounded(detail)
    if isinstance(detail, list):
        return [_tidy(item) for item in detail]
    if isinstance(detail, dict):
        return {key: _tidy(item) for key, item in detail.items()}
    return detail
