"""What came of a campaign: for a reader at a terminal, and for a program."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson


@dataclass
class Report:
    seed: int
    seconds: float
    folder: str
    records: int = 0
    actions: int = 0
    decisions: int = 0
    throttled_s: float = 0.0
    quiet_after_s: float | None = None
    faults: dict[str, int] = field(default_factory=dict)
    crash_points: dict[str, int] = field(default_factory=dict)
    endings: dict[str, int] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)
    """Processes that ended by themselves and were started afresh, by reason."""
    starts: int = 0
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.violations

    def write(self, file: Path) -> None:
        content: dict[str, Any] = {"good": self.good, **asdict(self)}
        file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))

    def lines(self) -> list[str]:
        quiet = "never" if self.quiet_after_s is None else f"{self.quiet_after_s:.1f} s"
        return [
            f"seed {self.seed}, {self.seconds:.0f} s of load and faults, quiet after: {quiet}",
            f"{self.records} records, {self.actions} actions, {self.decisions} decisions, "
            f"{self.starts} process starts, load held back for {self.throttled_s:.0f} s",
            *_table("faults", self.faults),
            *_table("crash points reached", self.crash_points),
            *_table("endings", self.endings),
            *_table("processes that ended by themselves", self.exits),
            *(f"note: {note}" for note in self.notes),
            *(f"VIOLATION: {violation}" for violation in self.violations),
            "good" if self.good else f"BAD: see {self.folder}",
        ]


def _table(title: str, rows: dict[str, int]) -> list[str]:
    return [f"{title}:", *(f"  {count:>6}  {name}" for name, count in sorted(rows.items()))]
