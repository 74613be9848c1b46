"""Where one stage spends its time when it runs alone.

    python -m bench.profile_stage draft|assess|approve|execute|observe [--actions N]
        [--profiler py-spy|py-spy-native|cprofile] [--profile-clock cpu|wall]

The stages before it run first, one after another and not profiled, to fill its topic. Under the
whole chain's load instead: `python -m bench --only chain_throughput --profile draft`.
"""

import argparse
import tempfile
from pathlib import Path

from bench.chain import STAGES
from bench.figure import note
from bench.figures.stages import one_after_another
from bench.options import Options
from bench.profiling import Profiling, Tool
from bench.services import services


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.profile_stage",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=Options().batch)
    parser.add_argument("--profiler", choices=[*Tool], default=Tool.PY_SPY.value)
    parser.add_argument("--profile-clock", choices=("cpu", "wall"), default="cpu")
    given = parser.parse_args()
    profiling = Profiling((given.stage,), Tool(given.profiler), given.profile_clock)
    options = Options(actions=given.actions, batch=given.batch, profiling=profiling)
    folder = Path(tempfile.mkdtemp(prefix="interlock-profile-"))
    with services(folder) as running:
        for _ in one_after_another(running, options, STAGES[: STAGES.index(given.stage) + 1]):
            pass
    log = next(folder.glob(f"*-chain/{given.stage}.log"))
    if profiling.tool is Tool.CPROFILE:
        print(log.read_text())
    note(f"logs and profiles are kept in {folder}")


if __name__ == "__main__":
    main()
