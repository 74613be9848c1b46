"""A campaign's report as a page that is kept with the code."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.crash.campaign.report import Report

ROOT = Path(__file__).parents[3]


def write_proof(report: Report, folder: Path, command: str, target: Path) -> Path:
    """`campaign.md` in `target`: what was done, what came of it, what the checker looked at."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    body = [line for line in report.lines() if str(folder) not in line]
    page = [
        "# The long fault campaign",
        "",
        f"`{command}` on {datetime.now(UTC):%Y-%m-%d}, at commit {commit or 'unknown'}: "
        f"**{'every promise held' if report.good else 'VIOLATIONS'}**. Python "
        f"{platform.python_version()}, {os.cpu_count()} cores; broker, database, two instances of "
        "each stage and the load generator on one machine. Written by the command itself.",
        "",
        "```text",
        *body,
        "```",
        "",
        "## What the independent checker read",
        "",
        (folder / "checker.log").read_text().strip(),
        "",
        "Beside it: the plugin host's own book was compared with the ledger, and the read models",
        "with a rebuild from the log into an empty database.",
        "",
    ]
    target.mkdir(parents=True, exist_ok=True)
    file = target / "campaign.md"
    file.write_text("\n".join(page))
    return file
