"""The guide to a new dialect is code that runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from processors.formats.family import Family
from processors.formats.proposal import Proposal, Unreadable

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "dialects.md").read_text()


@pytest.fixture(scope="module")
def family() -> Family:
    [code] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    found = namespace["BRACKET_CALLS"]
    assert isinstance(found, Family)
    return found


def test_its_row_is_read(family: Family) -> None:
    [row] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]
    read = family.read(row["text"])
    calls = [
        {"name": item.name, "arguments": item.params} for item in read if isinstance(item, Proposal)
    ]
    assert calls == row["calls"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("the mark ⟦call⟧ opens a call", []),
        ("`⟦call⟧ f {} ⟦end⟧` is how it looks", []),
        ("⟦call⟧ f {} and so on", ["call_not_closed"]),
        ('⟦call⟧ f {"a": ', ["call_not_closed"]),
        ("I use ⟦call⟧ for calls. The answer is {}.", []),
        ("⟦call⟧ f g {} ⟦end⟧", []),
        ("⟦call⟧ f {} ⟦end⟧ ⟦call⟧ g {} ⟦end⟧", ["f", "g"]),
    ],
)
def test_what_it_says_of_others(family: Family, text: str, codes: list[str]) -> None:
    assert [_code(item) for item in family.read(text)] == codes


def _code(item: Proposal | Unreadable) -> str:
    return item.code if isinstance(item, Unreadable) else item.name
