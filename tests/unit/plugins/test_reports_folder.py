"""Report files: harmless to spreadsheets, one for each key, never half written."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from plugins.reports_folder import Cell, ReportsFolder, safe_cell


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"])
def test_text_that_starts_like_a_formula_is_led_by_an_apostrophe(start: str) -> None:
    assert safe_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", ["", "ventas", "a=b", "'x", -5, 0, " texto"])
def test_other_cells_are_left_as_they_are(cell: Cell) -> None:
    assert safe_cell(cell) == cell


def test_quotes_and_line_ends_stay_inside_their_cell(tmp_path: Path) -> None:
    row: list[Cell] = ['di "hola", =1+1', "una\r\n=línea", -5]
    with ReportsFolder(tmp_path).draft("a.1", ["x", "y", "z"], [row]) as draft:
        draft.publish()
    with (tmp_path / "a.1.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["x", "y", "z"], [str(cell) for cell in row]]


def test_nobody_sees_a_report_before_it_is_published(tmp_path: Path) -> None:
    folder = ReportsFolder(tmp_path)
    with folder.draft("a.1", ["x"], [[1]]):
        assert not (tmp_path / "a.1.csv").exists()
    assert everything_in(tmp_path) == []


def test_rows_that_fail_leave_nothing_behind(tmp_path: Path) -> None:
    def rows() -> Iterator[Sequence[Cell]]:
        yield [1]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError), ReportsFolder(tmp_path).draft("a.1", ["x"], rows()):
        pytest.fail("there is no draft")
    assert everything_in(tmp_path) == []


def test_made_again_after_a_crash_there_is_one_file(tmp_path: Path) -> None:
    folder = ReportsFolder(tmp_path)
    (tmp_path / ".drafts" / "a.1.left").write_text("what a killed host left")
    (tmp_path / "a.1.csv").write_text("published, then killed before the commit")
    with folder.draft("a.1", ["x"], [[2]]) as draft:
        draft.publish()
    assert everything_in(tmp_path) == ["a.1.csv"]
    assert (tmp_path / "a.1.csv").read_bytes() == b'"x"\r\n2\r\n'


def test_a_host_that_was_stopped_cannot_replace_what_another_published(tmp_path: Path) -> None:
    stopped, other = ReportsFolder(tmp_path), ReportsFolder(tmp_path)
    with stopped.draft("a.1", ["x"], [["old"]]) as old:
        with other.draft("a.1", ["x"], [["new"]]) as new:
            new.publish()
        with pytest.raises(FileNotFoundError):
            old.publish()
    assert (tmp_path / "a.1.csv").read_bytes() == b'"x"\r\n"new"\r\n'


def test_another_keys_draft_is_left_alone(tmp_path: Path) -> None:
    folder = ReportsFolder(tmp_path)
    with folder.draft("a.11", ["x"], [[1]]) as eleven, folder.draft("a.1", ["x"], [[1]]) as one:
        one.publish()
        eleven.publish()
    assert everything_in(tmp_path) == ["a.1.csv", "a.11.csv"]
