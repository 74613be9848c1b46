"""The fault campaign in short: half a minute of load and faults, then every promise is checked.
`make chaos` runs it longer, `make prove` with 20,000 actions."""

from pathlib import Path

import pytest

from state.local_postgres.cluster import remove_cluster
from tests.crash.campaign.campaign import Campaign, Wanted

SEED = 8
SECONDS = 40.0
RATE = 15.0


@pytest.mark.timeout(180)
def test_whatever_is_killed_stopped_or_cut_off_every_promise_holds(tmp_path: Path) -> None:
    report = Campaign(Wanted(SEED, SECONDS, None, RATE, 60.0, True), tmp_path).run()
    print("\n".join(report.lines()))
    assert report.violations == []
    assert sum(report.faults.values()) >= 10
    assert report.actions >= 300
    remove_cluster(tmp_path / "postgres")
