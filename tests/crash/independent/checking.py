"""Gather, then ask every property."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from tests.crash.independent import contract
from tests.crash.independent.campaign import read_campaign
from tests.crash.independent.database import read_database
from tests.crash.independent.finding import Finding
from tests.crash.independent.log import read_log
from tests.crash.independent.offsets import read_offsets
from tests.crash.independent.properties import PROPERTIES
from tests.crash.independent.report import Report
from tests.crash.independent.world import World, gather


def check(
    bootstrap: str,
    database_url: str,
    folder: Path | str,
    tenants: Collection[str] | None = None,
) -> Report:
    """Check a system at rest: nothing in flight, every process alive or drained."""
    world = gather(
        read_log(bootstrap, contract.TOPICS),
        read_database(database_url),
        read_campaign(Path(folder)),
        read_offsets(bootstrap, contract.READERS, contract.TOPICS),
        tenants,
    )
    return judge(world)


def judge(world: World) -> Report:
    findings = []
    for name, examine in PROPERTIES.items():
        finding = Finding(name)
        examine(world, finding)
        findings.append(finding)
    states = Counter(change.state or "none" for change in world.last.values())
    return Report(findings, states)
