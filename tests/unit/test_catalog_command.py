"""`interlock catalog` as far as it needs no broker."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interlock.cli import COMMANDS
from interlock.cli.catalog import app
from interlock.cli.differences import visible

REPOSITORY = Path(__file__).parents[2]


def test_it_is_a_command() -> None:
    assert COMMANDS["catalog"][0] == "interlock.cli.catalog"


def test_the_shipped_catalog_is_in_order() -> None:
    result = CliRunner().invoke(app, ["check", "--json"])
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"ok": True, "findings": []})


def test_a_finding_and_an_unreadable_file_have_exit_codes_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(REPOSITORY / "config", tmp_path / "config")
    shutil.copytree(REPOSITORY / "plugins" / "parameters", tmp_path / "plugins" / "parameters")
    monkeypatch.setenv("INTERLOCK_CONFIG_DIR", str(tmp_path / "config"))
    catalog = tmp_path / "config" / "plugins" / "catalog.yaml"
    catalog.write_text(catalog.read_text() + "\nspare:\n  version: 1.0.0\n  parameters: {}\n")
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "contact_missing",
        "tool_unused",
    ]
    catalog.write_text("spare: 7\n")
    assert CliRunner().invoke(app, ["check"]).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "ftp://x"],
        ["sync", "http://user:word@x"],
        ["sync", "http://x", "--url", "file:///x"],
        ["sync", "http://x", "--kind", "other"],
        ["sync", "http://x", "--labels", "--milder"],
        ["unbind", "create_task"],
        ["unbind"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_what_a_source_writes_does_not_reach_the_terminal() -> None:
    text = visible("a\x1b[2J\u202eb\nc")
    assert text == "a\\u001b[2J\\u202eb\\u000ac"
