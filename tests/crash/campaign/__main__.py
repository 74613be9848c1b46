"""`python -m tests.crash.campaign --seconds 120 --seed 7`: exit 0 if all promises held, else 1."""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from state.local_postgres.cluster import remove_cluster
from tests.crash.campaign.campaign import Campaign, Wanted
from tests.crash.campaign.proof import write_proof


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.campaign", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="of load and faults")
    parser.add_argument("--seed", type=int, default=None, help="default: drawn, and printed")
    parser.add_argument("--actions", type=int, help="publish so many as fast as is sane instead")
    parser.add_argument("--rate", type=float, default=30.0, help="responses a second")
    parser.add_argument("--quiet", type=float, default=90.0, help="seconds until all must be done")
    parser.add_argument("--no-faults", action="store_true", help="the load alone")
    parser.add_argument("--folder", type=Path, help="kept; default: temporary, kept on failure")
    parser.add_argument("--report", type=Path, help="write the report as JSON")
    parser.add_argument("--proof", type=Path, help="write the report as a page into this folder")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    folder: Path = given.folder or Path(tempfile.mkdtemp(prefix="interlock-campaign-"))
    print(f"campaign of seed {seed} in {folder}", flush=True)
    rate = given.rate if given.actions is None else None
    wanted = Wanted(seed, given.seconds, given.actions, rate, given.quiet, not given.no_faults)
    report = Campaign(wanted, folder.absolute()).run()
    print("\n".join(report.lines()), flush=True)
    report.write(folder / "report.json")
    if given.report is not None:
        report.write(given.report)
    if given.proof is not None:
        amount = f"ACTIONS={given.actions} " if given.actions else f"SECONDS={given.seconds:g} "
        name = "prove" if given.actions else "chaos"
        write_proof(report, folder, f"make {name} {amount}SEED={seed}", given.proof)
    if report.good and given.folder is None:
        remove_cluster(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
