"""The file of policies: taken whole, or refused with the line and column of what is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.config_files import read_config
from interlock.config_plan import Act, differences
from interlock.policy_file import FILE, read_policies, read_text
from processors.snapshot import Snapshot
from schemas.faults import ProcessFault
from schemas.names import SettingKind
from tests.unit.test_config_files import in_force

REPOSITORY = Path(__file__).parents[2]
SHIPPED = REPOSITORY / "config" / FILE

HEAD = """\
p:
  version: 1.0.0
  rules:
    - name: r
      effect: deny
"""


def found(text: str) -> list[str]:
    return [str(finding) for finding in read_text(text)[1]]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("p: [\n", "2:1: no YAML: expected the node content, but found '<stream end>'"),
        ("p:\n\tversion: 1\n", "2:1: no YAML: found character '\\t' that cannot start any token"),
        ("- p\n", "1:1: must be a mapping of packs"),
        ("p: 7\n", "1:1: p: Input should be"),
        ("? [p]\n: 1\n", "1:3: no YAML: found unhashable key"),
        ("P 1: {version: '1'}\n", "1:1: P 1: a pack's name"),
        ("p:\n  rules: []\n", "2:3: p.version: Field required"),
        ("p: {version: '1', version: '2'}\n", "1:19: `version` is said twice"),
        (HEAD + "      when: true\n", "6:13: p.rules.0.when: Input should be a valid string"),
        (HEAD + "      when: 'true'\n      mod: shadow\n", "7:7: p.rules.0.mod: no such field"),
        (
            HEAD + "      when: 'true'\n      stages: [{role: a, quorum: 0}]\n",
            "7:34: p.rules.0.stages.0.quorum",
        ),
        (
            HEAD + "      when: 'true'\n      sla_s: 5\n",
            "4:7: p.rules.0: stages and sla_s belong to require_approval alone",
        ),
        (
            "p:\n  version: '1'\n  rules:\n  - {name: r, when: 'true', effect: denie}\n",
            "4:37: p.rules.0.effect: Input should be 'deny', 'require_approval' or 'allow'",
        ),
        (
            HEAD + "      when: 'true'\n    - {name: r, when: 'true', effect: deny}\n",
            "7:14: p/r: two",
        ),
    ],
)
def test_what_is_wrong_has_its_line_and_column(text: str, finding: str) -> None:
    (only,) = found(text)
    assert only.startswith(finding)


@pytest.mark.parametrize(
    ("when", "place"),
    [
        ("when: foo == 1", "6:13"),
        ("when: user.id == 'a' && foo", "6:31"),
        ("when: 'true && ''a'' == foo'", "6:31"),
        ('when: "true && \\"a\\" == foo"', "6:31"),
        ("when: |\n        true\n        && foo", "8:12"),
        ("when: |-\n\n          true &&\n            foo", "9:13"),
        ("when: >-\n        true\n        && foo", "8:12"),
        ("when: true\n        && true\n        && foo", "8:12"),
        ("when: 'true\n        && foo'", "7:12"),
        ("when: true &&", "6:20"),
        ("when: 'true &&'", "6:21"),
    ],
)
def test_a_place_in_a_condition_is_found_however_it_is_written(when: str, place: str) -> None:
    (finding,) = found(f"{HEAD}      {when}\n")
    assert finding.startswith(f"{place}: p/r: ")
    assert "undeclared reference to 'foo'" in finding or "Syntax error" in finding


def test_all_findings_are_told_from_top_to_bottom() -> None:
    text = HEAD + "      when: foo\n    - {name: s, when: bar, effect: deny}\nq: {version: 1}\n"
    assert [finding.partition(":")[0] for finding in found(text)] == ["6", "7", "8"]


def test_one_wrong_rule_refuses_the_whole_configuration(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "config", tmp_path / "config")
    shutil.copytree(REPOSITORY / "plugins" / "parameters", tmp_path / "plugins" / "parameters")
    file = tmp_path / "config" / FILE
    lines = len(file.read_text().splitlines())
    file.write_text(f"{file.read_text()}\nmine: {{version: '1', rules: [{{}}]}}\n")
    with pytest.raises(ProcessFault) as fault:
        read_config(tmp_path / "config")
    assert f"{FILE}:" in fault.value.text
    assert f" {lines + 2}:" in fault.value.text
    assert "(and 2 more: interlock policy check)" in fault.value.text


def test_a_file_that_holds_itself_is_refused() -> None:
    assert found("p: &p {version: '1', rules: [*p]}\n")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n"])
def test_a_file_may_be_empty(text: str) -> None:
    assert read_text(text) == ({}, [])


def test_there_may_be_no_file(tmp_path: Path) -> None:
    assert read_policies(tmp_path / "none.yaml") == {}


@pytest.mark.parametrize(
    "damage", [lambda t: t.encode("utf-16"), lambda t: t.encode("latin-1", "replace") + b"\xff"]
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, damage: Callable[[str], bytes]) -> None:
    file = tmp_path / "policies.yaml"
    file.write_bytes(damage(SHIPPED.read_text()))
    with pytest.raises(ProcessFault):
        read_policies(file)


def test_what_ships_is_published_and_in_force() -> None:
    wants = read_config(REPOSITORY / "config")
    snapshot = in_force(wants)
    assert snapshot.problem_count == 0
    assert snapshot.policies.keys() == read_policies(SHIPPED).keys() == {"base"}
    acts = {d.key: d.act for d in differences(wants, Snapshot()) if d.kind is SettingKind.POLICY}
    assert acts == {"base": Act.ADD}
    assert all(d.act is Act.KEEP for d in differences(wants, snapshot))


def test_a_pack_taken_from_the_file_is_deleted_on_request() -> None:
    snapshot = in_force(read_config(REPOSITORY / "config"))
    wants = [w for w in read_config(REPOSITORY / "config") if w.kind is not SettingKind.POLICY]
    (kept,) = differences(wants, snapshot)
    (deleted,) = differences(wants, snapshot, prune=True)
    assert (kept.act, deleted.act, deleted.key) == (Act.KEEP, Act.DELETE, "base")


def test_the_shipped_pack_has_one_rule_of_each_kind() -> None:
    rules = read_policies(SHIPPED)["base"].rules
    assert {rule.effect.value for rule in rules} == {"deny", "require_approval", "allow"}
    assert [rule.name for rule in rules if rule.mode.value == "shadow"] == [
        "tarea-urgente-de-noche"
    ]
