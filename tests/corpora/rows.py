"""The corpus' rows, and how each is read: exactly, refused on purpose, or wrong."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from processors.formats import Proposal, read_output

ROWS: list[dict[str, Any]] = orjson.loads(
    (Path(__file__).parent / "model_outputs.json").read_bytes()
)
REFUSED = {
    '<|tool_call>call:get_weather{location:<|"|>London': "the call is cut off",
    "<|tool_call>call:bad_func no brace<tool_call|>": "a call without parameters is none",
    "<|tool_call>:bad no brace<tool_call|>": "a call without parameters is none",
}
"""How a text begins that the corpus reads and Interlock does not, and why."""


class Verdict(StrEnum):
    EXACT = "read exactly"
    REFUSED = "refused on purpose"
    WRONG = "wrong"


def judged(row: dict[str, Any]) -> Verdict:
    """Of a text whose calls the corpus does not know, reading it without a fault is exact."""
    found = read_output(row["text"])
    calls = row["calls"]
    if calls is None:
        return Verdict.EXACT
    proposals = [item for item in found if isinstance(item, Proposal)]
    if refused(row["text"]):
        return Verdict.REFUSED if len(proposals) == len(calls) - 1 else Verdict.WRONG
    names = [proposal.name for proposal in proposals]
    if proposals != found or names != [call["name"] for call in calls]:
        return Verdict.WRONG
    is_exact = all(
        call["arguments"] in (None, proposal.params)
        for proposal, call in zip(proposals, calls, strict=True)
    )
    return Verdict.EXACT if is_exact else Verdict.WRONG


def refused(text: str) -> bool:
    return any(
        text == start if start.endswith("London") else text.startswith(start) for start in REFUSED
    )
