"""JSON behind a mark without one space in it."""

import pytest

from processors.formats import Proposal, read_output


def names(text: str) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(text)]


@pytest.mark.parametrize("name", ["crm-query", "crm_query", "a.b", "x"])
def test_compact_json_behind_a_mark_is_one_call(name: str) -> None:
    """As `json.dumps(…, separators=(",", ":"))` and JavaScript write it: not one space."""
    call = f'{{"name":"{name}","arguments":{{"customer":"C-1"}}}}'
    for text in (call, f"\n{call}\n", f"[{call}]", f"```json\n{call}\n```", f"\n```\n{call}```"):
        assert names(f"<tool_call>{text}</tool_call>") == [name]
    assert names(f"<tool_call>{call}") == [name]
