"""`interlock policy check|test|explain`, and the guide's own example through it."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interlock.cli import COMMANDS
from interlock.cli.policy import app
from interlock.policy_file import FILE
from processors.labels import CONFIDENCE_ASSUMED
from processors.policies.danger import OWN
from processors.policies.variables import VARIABLES

REPOSITORY = Path(__file__).parents[2]
GUIDE = (REPOSITORY / "docs" / "guides" / "policies.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```yaml\n(.*?)```", re.DOTALL)
REFUND = '{"action": {"type": "refund", "params": {"importe": 2000}}, "impact": {"level": "low"}}'


def run(*arguments: str | Path, given: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=given)
    return result.exit_code, result.stdout


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """The files of the guide's example."""
    for name, text in EXAMPLE.findall(GUIDE):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_it_is_a_command() -> None:
    assert COMMANDS["policy"][0] == "interlock.cli.policy"


def test_the_guides_example_does_what_the_guide_says(guide: Path) -> None:
    policies, tests = guide / "refunds.yaml", guide / "refunds_test.yaml"
    assert run("check", policies) == (0, f"{policies}: 1 packs, 3 rules, nothing is wrong\n")
    code, told = run("test", tests, "--policies", policies)
    assert (code, told.splitlines()[-1]) == (0, "4 tests, 0 failed")


def test_the_guide_has_every_variable_with_its_origin() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| [^|]+ \| \**(gate|model|upstream)\** \|", GUIDE, re.M)
    assert rows == [(name, origin.value) for name, (_, origin) in VARIABLES.items()]


def test_the_guide_calls_labels_what_they_are_called() -> None:
    assert f"`{CONFIDENCE_ASSUMED}`" in GUIDE
    assert [prefix for prefix in OWN if f"`{prefix}`" not in GUIDE] == []


def test_the_shipped_tests_pass_and_try_every_shipped_rule() -> None:
    code, told = run("test", "--json")
    report = json.loads(told)
    assert (code, report["ok"]) == (0, True)
    assert len(report["tests"]) > 15
    rules = re.findall(r"- name: ([\w-]+)", (REPOSITORY / "config" / FILE).read_text())
    tried = (REPOSITORY / "config" / "risk" / "tests" / "base.yaml").read_text()
    assert [rule for rule in rules if f"base/{rule}" not in tried] == []


def test_a_failing_test_says_what_differs(guide: Path) -> None:
    tests = guide / "refunds_test.yaml"
    tests.write_text(tests.read_text().replace("effect: deny", "effect: allow"))
    code, told = run("test", tests, "--policies", guide / "refunds.yaml")
    assert code == 1
    assert "FAIL  refunds_test: to another card" in told
    assert "effect: expected allow, got deny" in told
    code, told = run("test", tests, "--policies", guide / "refunds.yaml", "--json")
    failed = [test["name"] for test in json.loads(told)["tests"] if not test["ok"]]
    assert (code, failed) == (1, ["to another card"])


def test_findings_have_an_exit_code_of_their_own(guide: Path) -> None:
    policies = guide / "refunds.yaml"
    policies.write_text(policies.read_text().replace("params.importe >", "parms.importe >"))
    code, told = run("check", policies)
    assert code == 1
    assert re.match(rf"{re.escape(str(policies))}:12:\d+: refunds/importe: undeclared", told)
    code, told = run("check", policies, "--json")
    assert (code, json.loads(told)["findings"][0]["line"]) == (1, 12)
    assert run("test", guide / "refunds_test.yaml", "--policies", policies)[0] == 2


def test_explain_says_which_rules_match_and_why(guide: Path) -> None:
    code, told = run("explain", "-", "--policies", guide / "refunds.yaml", given=REFUND)
    assert code == 0
    assert "matches  refunds/importe: require_approval" in told
    assert "params.importe = 2000" in told
    assert 'cannot be computed: Key not found in map : "tarjeta"' in told
    assert "verdict of policies: deny" in told


def test_explain_as_json_takes_conditions_apart(tmp_path: Path) -> None:
    file = tmp_path / "action.json"
    file.write_text(REFUND.replace("2000", "2000.5"))
    code, told = run("explain", file, "--json")
    report = json.loads(told)
    rules = {rule["rule"]: rule for rule in report["in_scope"]}
    amount = {part["text"]: part["value"] for part in rules["base/importe-alto"]["parts"]}
    assert (code, report["verdict"]["effect"]) == (0, "require_approval")
    assert amount["has(params.importe)"] == "true"
    assert amount["!(params.importe <= 1000)"] == "true"
    assert amount["params.importe"] == "2000.5"
    assert "base/movimiento-grande" in report["out_of_scope"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nowhere.yaml"],
        ["test", "nowhere.yaml"],
        ["explain", "nowhere.json"],
        ["test", "."],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


@pytest.mark.parametrize("given", ["", "[]", '{"action": {}}', '{"action": {"type": "x"}, "x": 1}'])
def test_an_action_that_cannot_be_read_is_wrong_use(given: str) -> None:
    assert run("explain", "-", given=given)[0] == 2


def test_a_test_that_is_misspelled_is_refused_with_its_place(guide: Path) -> None:
    tests = guide / "refunds_test.yaml"
    tests.write_text("- name: a\n  action: {type: x}\n  expect: {efect: allow}\n")
    result = CliRunner().invoke(app, ["test", str(tests)])
    assert result.exit_code == 2
    assert "3:11: 0.expect" in result.stderr
