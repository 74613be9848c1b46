"""`interlock schemas`: what it writes, what it says, and how it exits."""

from pathlib import Path

import orjson
import pytest
from pydantic import create_model
from typer.testing import CliRunner

from interlock.cli import schemas as command
from schemas import registry
from schemas.events import Event
from schemas.names import Topic
from schemas.registry import MODELS

NOTE = create_model("Note", __base__=Event, text=(str, ...))
FULLER_NOTE = create_model("Note", __base__=NOTE, more=(str | None, None))
BROKEN_NOTE = create_model("Note", __base__=NOTE, more=(str, ...))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of no schemas yet."""
    monkeypatch.setattr(registry, "files", lambda _: tmp_path)
    monkeypatch.setattr(command, "_folder", lambda: tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command.app, list(arguments))
    return result.exit_code, result.output


def stand(monkeypatch: pytest.MonkeyPatch, model: type[Event]) -> None:
    """There is one topic, and that model stands on it."""
    monkeypatch.setattr(registry, "MODELS", {Topic.SETTINGS: model})


def test_the_repository_passes_its_own_check() -> None:
    code, output = run("check")
    assert code == 0
    assert [line.split(":")[0] for line in output.splitlines()] == [str(t) for t in MODELS]

    code, output = run("check", "--json")
    report = orjson.loads(output)
    assert (code, report["ok"], len(report["schemas"])) == (0, True, len(MODELS))


def test_nothing_is_there_then_generated_then_released(folder: Path) -> None:
    code, output = run("check")
    assert code == 1
    assert "no version was ever released" in output

    assert run("generate")[0] == 0
    assert {file.name for file in (folder / "avro").iterdir()} == {
        f"{model.__name__}.avsc" for model in MODELS.values()
    }
    assert run("check")[0] == 1

    assert run("generate", "--release")[0] == 0
    assert [file.name for file in (folder / "history" / "Drafted").iterdir()] == ["1.avsc"]
    assert run("check")[0] == 0


def test_generating_again_writes_nothing(folder: Path) -> None:
    run("generate", "--release")
    assert run("generate", "--release") == (0, "")


def test_a_compatible_change_becomes_the_next_version(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(monkeypatch, NOTE)
    run("generate", "--release")
    stand(monkeypatch, FULLER_NOTE)
    code, output = run("check", "--json")
    report = orjson.loads(output)
    assert (code, report["ok"]) == (1, False)
    assert any("changed since" in said for said in report["schemas"][0]["findings"])

    assert run("generate", "--release")[0] == 0
    versions = sorted(file.name for file in (folder / "history" / "Note").iterdir())
    assert versions == ["1.avsc", "2.avsc"]
    assert run("check")[0] == 0


def test_a_change_that_breaks_readers_is_not_released(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(monkeypatch, NOTE)
    run("generate", "--release")
    stand(monkeypatch, BROKEN_NOTE)
    code, output = run("generate", "--release")
    assert code == 1
    assert "interlock.Note.more: is not written, and has no default" in output
    assert [file.name for file in (folder / "history" / "Note").iterdir()] == ["1.avsc"]
    assert run("check")[0] == 1
