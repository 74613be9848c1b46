"""`interlock assess --jsonl`: one line in, one line out, whatever the line."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from interlock.assess_lines import assess_lines
from interlock.cli import COMMANDS
from interlock.cli.assess import app
from interlock.config_files import read_config
from interlock.configured import snapshot_of
from interlock.dry_world import World
from schemas.settings import TenantSettings

CONFIG = Path(__file__).parents[2] / "config"
WORLD = World(
    settings=snapshot_of(read_config(CONFIG, demo=True)),
    now=datetime(2026, 3, 4, 11, tzinfo=UTC),
    tenant_defaults=TenantSettings(),
)
QUERY = {
    "id": "a-1",
    "tenant_id": "demo",
    "tool": "crm-query",
    "params": {"customer": "C-17"},
    "confidence": 0.95,
    "history": {"first_time": False},
}


def assessed(*lines: object) -> list[dict[str, Any]]:
    raw = [line if isinstance(line, bytes) else orjson.dumps(line) for line in lines]
    return [orjson.loads(line) for line in assess_lines(raw, WORLD)]


def of(**changes: object) -> dict[str, Any]:
    [answer] = assessed({**QUERY, **changes})
    return answer


def codes(answer: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in answer["reasons"]}


def test_it_is_a_command() -> None:
    assert COMMANDS["assess"][0] == "interlock.cli.assess"


def test_an_action_gets_its_verdict_and_what_was_told_of_its_risk() -> None:
    answer = of()
    assert set(answer) == {"id", "verdict", "risk_level", "risk_score", "reasons"}
    assert (answer["id"], answer["verdict"], answer["risk_level"]) == ("a-1", "auto_approve", "low")


def test_every_reason_has_its_code_its_sentence_and_the_rule_that_says_so() -> None:
    answer = of(
        tool="send_notification",
        params={"titulo": "a", "mensaje": "b", "destinatarios": ["x@y.example"]},
    )
    assert answer["verdict"] == "needs_approval"
    assert all(reason["text"] for reason in answer["reasons"])
    rules = [reason["rule"] for reason in answer["reasons"] if reason["code"] == "policy"]
    assert rules == ["base/destinatario-nuevo"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"nope", "not_json"),
        (b"[1]", "not_an_object"),
        (b"{}", "bad_field"),
        ({**QUERY, "tenant_id": ""}, "bad_field"),
        ({**QUERY, "tool": 7}, "bad_field"),
        ({**QUERY, "params": []}, "bad_field"),
        ({**QUERY, "confidence": 7}, "bad_field"),
        ({**QUERY, "confidence": "high"}, "bad_field"),
        ({**QUERY, "repaired": "no"}, "bad_field"),
        ({**QUERY, "now": "yesterday"}, "bad_field"),
        ({**QUERY, "tool": "x", "params": {"n": 2**60}}, "params_not_canonical"),
        ({**QUERY, "action_type": "create_task"}, "type_of_other_tools"),
        (b'{"id": "\\ud800"}', "not_json"),
        (b"[" * 100_000, "too_deep"),
        (b"\xff\xfe", "not_json"),
    ],
)
def test_a_line_that_is_no_action_has_no_verdict_and_the_next_is_read(
    line: object, code: str
) -> None:
    wrong, right = assessed(line, QUERY)
    assert (set(wrong), wrong["error"]["code"]) == ({"id", "error"}, code)
    assert right["verdict"] == "auto_approve"


def test_lines_come_out_in_order_and_empty_ones_are_passed_over() -> None:
    ids = [None, 3, "x", {"a": [1]}, "x"]
    lines = [line for at in ids for line in ({**QUERY, "id": at}, b"\n", b"  \n")]
    assert [answer["id"] for answer in assessed(*lines)] == ids


@pytest.mark.parametrize("params", [{}, {"customer": 7}, {"customer": "C-17", "more": 1}])
def test_parameters_that_do_not_fit_never_run(params: dict[str, Any]) -> None:
    answer = of(params=params)
    assert answer["verdict"] == "needs_information"
    assert codes(answer) == {"parameter_invalid"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tool": "no-such-tool"}, "tool_unknown"),
        ({"tenant_id": "nobody"}, "tenant_unknown"),
        ({"trace_id": "nonsense"}, "trace_missing"),
        ({"confidence": None}, "below_threshold"),
        ({"repaired": True}, "repaired"),
        ({"degraded_from": "other"}, "degraded"),
        ({"depends_on": ["x"]}, "has_predecessors"),
        ({"risk_level": "high"}, "not_safe_enough"),
        ({"action_type": "no-such-type"}, "type_undefined"),
    ],
)
def test_what_a_line_says_beside_the_call_counts(changes: dict[str, Any], code: str) -> None:
    answer = of(**changes)
    assert answer["verdict"] != "auto_approve"
    assert code in codes(answer)


def test_a_trace_is_made_up_only_where_there_is_none() -> None:
    assert of()["verdict"] == of(trace_id=None)["verdict"] == "auto_approve"
    assert of(trace_id="")["verdict"] == "halt"


def test_no_label_of_a_line_makes_a_party_known() -> None:
    labels = ["known:recipients", "known:payee"]
    params = {"titulo": "a", "mensaje": "b", "destinatarios": ["x@y.example"]}
    assert of(tool="send_notification", params=params, labels=labels)["verdict"] == "needs_approval"


def test_the_same_line_always_gets_the_same_verdict() -> None:
    assert assessed(QUERY, QUERY)[0] == assessed(QUERY)[0]


def test_the_command_reads_and_writes_lines() -> None:
    lines = orjson.dumps(QUERY) + b"\nnope\n"
    result = CliRunner().invoke(app, ["--jsonl", "--config", str(CONFIG)], input=lines)
    assert result.exit_code == 0
    first, second = map(orjson.loads, result.stdout.splitlines())
    assert (first["verdict"], second["error"]["code"]) == ("auto_approve", "not_json")


@pytest.mark.parametrize("arguments", [[], ["--jsonl", "--config", "nowhere"]])
def test_wrong_use(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments, input="").exit_code == 2


@pytest.mark.timing
def test_it_takes_a_thousand_lines_a_second() -> None:
    line = orjson.dumps(QUERY)
    assessed(QUERY)
    begun = time.process_time()
    assert sum(1 for _ in assess_lines([line] * 2_000, WORLD)) == 2_000
    assert time.process_time() - begun < 2


def test_a_misspelled_field_is_named_in_the_answer() -> None:
    answer = of(contex_refs=["/page"], confidnce=0.9)
    assert answer["unknown_fields"] == ["confidnce", "contex_refs"]
    assert "unknown_fields" not in of()
