"""Real texts of real models: what is read from each, and what is refused on purpose."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from processors.formats import Proposal, read_output

ROWS: list[dict[str, Any]] = orjson.loads(
    (Path(__file__).parents[2] / "corpora" / "model_outputs.json").read_bytes()
)
REFUSED = {
    '<|tool_call>call:get_weather{location:<|"|>London': "the call is cut off",
    "<|tool_call>call:bad_func no brace<tool_call|>": "a call without parameters is none",
    "<|tool_call>:bad no brace<tool_call|>": "a call without parameters is none",
}
"""How a text begins that the corpus reads and Interlock does not, and why."""


def refused(text: str) -> bool:
    return any(
        text == start if start.endswith("London") else text.startswith(start) for start in REFUSED
    )


@pytest.mark.parametrize("row", ROWS, ids=[f"{i}-{r['dialect']}" for i, r in enumerate(ROWS)])
def test_a_text_gives_its_calls_and_nothing_else(row: dict[str, Any]) -> None:
    found = read_output(row["text"])
    calls = row["calls"]
    if calls is None:
        return
    proposals = [item for item in found if isinstance(item, Proposal)]
    if refused(row["text"]):
        assert len(proposals) == len(calls) - 1
        return
    assert proposals == found
    assert [p.name for p in proposals] == [call["name"] for call in calls]
    for proposal, call in zip(proposals, calls, strict=True):
        if call["arguments"] is not None:
            assert proposal.params == call["arguments"]


def test_few_are_refused() -> None:
    assert sum(refused(row["text"]) for row in ROWS) <= 0.05 * len(ROWS)
