"""CSV files in one folder, each named by the idempotency key it was made under.

A report becomes visible by one rename, under a name its key alone decides: made again
after a crash it takes the place of what the crash left, so there is one file, not two.
"""

import csv
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

Cell = str | int

_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""OWASP's list, with the full-width forms that spreadsheets read as the same."""


def safe_cell(cell: Cell) -> Cell:
    """The cell, made harmless to spreadsheets that would run it as a formula: text that
    starts like one is led by an apostrophe. Numbers stay numbers."""
    if isinstance(cell, str) and cell[:1] in _FORMULA_STARTS:
        return f"'{cell}"
    return cell


@dataclass(frozen=True, slots=True)
class Draft:
    """A report complete on disk and not yet published.

    `rows` counts without the header line, `size` is in bytes, `sha256` is hex.
    """

    part: Path
    target: Path
    rows: int
    size: int
    sha256: str

    def publish(self) -> None:
        """Give it its name, durably.

        Raises:
            FileNotFoundError: another host has taken the key over.
            OSError: the disk refuses.
        """
        os.replace(self.part, self.target)
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class ReportsFolder:
    """The folder. Hosts may share it: the claim on the key in PostgreSQL orders them."""

    def __init__(self, path: Path) -> None:
        """Creates the folder if it is missing.

        Raises:
            OSError: it cannot be created.
        """
        self.path = path
        self._drafts = path / ".drafts"
        self._drafts.mkdir(parents=True, exist_ok=True)

    def writable(self) -> bool:
        return os.access(self._drafts, os.W_OK | os.X_OK)

    @contextmanager
    def draft(
        self, key: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
    ) -> Iterator[Draft]:
        """Write a report that nobody sees before `publish`, and that is gone without it.

        The caller holds the claim on `key`. Drafts of the same key that are lying about are
        of hosts that lost it and are removed: one that was merely stopped then finds its
        draft gone when it wakes and fails, instead of replacing a published report.

        Raises:
            OSError: the disk refuses.
        """
        for stale in self._drafts.glob(f"{key}.*"):
            stale.unlink(missing_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._drafts, prefix=f"{key}.")
        part = Path(name)
        try:
            with open(descriptor, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
                writer.writerow(header)
                count = 0
                for row in rows:
                    writer.writerow([safe_cell(cell) for cell in row])
                    count += 1
                file.flush()
                os.fsync(file.fileno())
            with part.open("rb") as written:
                sha256 = hashlib.file_digest(written, "sha256").hexdigest()
            yield Draft(part, self.path / f"{key}.csv", count, part.stat().st_size, sha256)
        finally:
            part.unlink(missing_ok=True)
