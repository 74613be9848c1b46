"""`interlock draft --jsonl`: one line in, one line out, whatever the line."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from interlock.config_files import read_config
from interlock.configured import snapshot_of
from interlock.draft_lines import draft_lines
from interlock.tool_list import read_tools
from processors.snapshot import Snapshot
from schemas.faults import ProcessFault

CONFIG = Path(__file__).parents[2] / "config"
CALL = '{"name": "f", "arguments": {"a": 1}}'


def drafted(*lines: object, settings: Snapshot | None = None) -> list[dict[str, Any]]:
    raw = [line if isinstance(line, bytes) else orjson.dumps(line) for line in lines]
    out = list(draft_lines(raw, settings))
    return [orjson.loads(line) for line in out]


def test_a_response_becomes_its_actions() -> None:
    [line] = drafted({"response_id": "r", "output": f"<tool_call>{CALL}</tool_call>"})
    [action] = line.pop("actions")
    assert line == {"response_id": "r", "errors": []}
    assert set(action) == {"tool", "params", "source", "repaired", "confidence"}
    assert (action["tool"], action["params"], action["source"]) == ("f", {"a": 1}, "tool_call")
    assert action["repaired"] is False


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"nope", "not_json"),
        (b"[1]", "not_an_object"),
        (b'{"response_id": "r"}', "bad_field"),
        (b'{"response_id": 4, "output": ""}', "bad_field"),
        (b'{"response_id": "r", "output": "\\ud800"}', "not_json"),
        (b"[" * 100_000, "too_deep"),
        (b"\xff\xfe", "not_json"),
    ],
)
def test_a_line_that_is_no_response_is_one_error_and_the_next_is_read(
    line: bytes, code: str
) -> None:
    wrong, right = drafted(line, {"output": CALL})
    assert (wrong["actions"], [error["code"] for error in wrong["errors"]]) == ([], [code])
    assert [action["tool"] for action in right["actions"]] == ["f"]


def test_empty_lines_are_passed_over() -> None:
    assert drafted(b"\n", b"  \n") == []


def test_an_empty_catalog_has_no_tools(tmp_path: Path) -> None:
    for text in ("{}", "[]", '{"tools": []}'):
        file = tmp_path / "tools.json"
        file.write_text(text)
        [line] = drafted({"output": CALL}, settings=read_tools(file))
        assert (line["actions"], [e["code"] for e in line["errors"]]) == ([], ["tool_unknown"])


def test_an_error_says_whose_it_is() -> None:
    settings = snapshot_of(read_config(CONFIG, demo=True))
    good = {"titulo": "Revisar", "descripcion": "ventas"}
    calls = [{"name": "create_task", "args": args} for args in (good, {**good, "x": 1})]
    [line] = drafted({"response_id": "r", "output": calls}, settings=settings)
    assert [error["proposal"] for error in line["errors"]] == [1]


def test_with_the_catalog_an_unknown_tool_is_an_error() -> None:
    settings = snapshot_of(read_config(CONFIG, demo=True))
    output = {"actions": [{"action_type": "create_tasks", "parameters": {}}]}
    [line] = drafted({"output": output}, settings=settings)
    assert line["actions"] == []
    [error] = line["errors"]
    assert error.pop("proposal") == 0
    assert (error["code"], error["expected"]) == ("tool_unknown", "create_task")


TOOLS: list[object] = [
    [{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}],
    {"tools": [{"name": "f", "inputSchema": {"properties": {"a": {"type": "string"}}}}]},
    [
        {
            "type": "function",
            "function": {"name": "f", "parameters": {"properties": {"a": {"type": "string"}}}},
        }
    ],
    {
        "f": {
            "version": "1.0.0",
            "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
        }
    },
]


@pytest.mark.parametrize("tools", TOOLS, ids=["list", "mcp", "openai", "catalog"])
def test_with_a_schema_values_take_its_types(tools: object, tmp_path: Path) -> None:
    file = tmp_path / "tools.json"
    file.write_bytes(orjson.dumps(tools))
    xml = "<tool_call><function=f><parameter=a>007</parameter></function></tool_call>"
    [typed] = drafted({"output": xml}, settings=read_tools(file))
    assert typed["actions"][0]["params"] == {"a": "007"}
    [refused] = drafted({"output": CALL}, settings=read_tools(file))
    assert [error["rule"] for error in refused["errors"]] == ["type"]


@pytest.mark.parametrize("text", ["[5]", '[{"name": 5}]', "[{]", '[{"name": "f@1"}]'])
def test_a_file_that_lists_no_tools_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "tools.json"
    file.write_text(text)
    with pytest.raises(ProcessFault, match=r"tools\.json"):
        read_tools(file)
