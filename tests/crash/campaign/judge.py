"""The verdict: the independent checker, the host's book, a rebuild, the logs, who is alive."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import orjson

from launch import CannotStart
from schemas.faults import Fault
from tests.crash.campaign import counted, rebuild
from tests.crash.campaign.instances import Instances
from tests.crash.campaign.logs import BY_A_FAULT, tracebacks
from tests.crash.campaign.services import Services

CHECKER = "tests.crash.independent"
_CHECKER_S = 600


def violations(services: Services, instances: Instances) -> list[str]:
    """Everything that is wrong; each judge speaks, whatever the others said."""
    found = [f"{each.name} does not live" for each in instances if not each.alive]
    found += counted.violations(services.folder, services.database_url)
    found += _independent(services)
    try:
        found += rebuild.differences(services)
    except (TimeoutError, Fault, CannotStart) as error:
        found.append(f"the read models could not be rebuilt: {error!r}")
    found += [
        f"traceback ({count}×) {where}"
        for where, count in tracebacks(services.folder / "logs").items()
    ]
    found += [
        f"{each.instance} ended with {each.code}: {each.last_line[:300]}"
        for each in instances.exits
        if each.code not in BY_A_FAULT
    ]
    return found


def _independent(services: Services) -> list[str]:
    if find_spec(CHECKER) is None or find_spec(f"{CHECKER}.__main__") is None:
        return ["there is no independent checker"]
    said = services.folder / "checker.json"
    asked = [sys.executable, "-m", CHECKER, "--bootstrap", services.bootstrap]
    asked += ["--database-url", services.database_url]
    asked += ["--folder", str(services.folder), "--json", str(said)]
    root = Path(__file__).parents[3]
    with (services.folder / "checker.log").open("wb") as output:
        done = subprocess.run(
            asked, cwd=root, stdout=output, stderr=output, timeout=_CHECKER_S, check=False
        )
    if done.returncode == 0:
        return _examined_nothing(said)
    return [f"the independent checker exits {done.returncode}: {_first_words(services.folder)}"]


def _examined_nothing(said: Path) -> list[str]:
    """A property that looked at nothing holds nothing."""
    properties = orjson.loads(said.read_bytes())["properties"]
    return [f"{name} examined nothing" for name, f in properties.items() if not f["examined"]]


def _first_words(folder: Path) -> str:
    said = folder / "checker.json"
    if said.exists():
        content = orjson.loads(said.read_bytes())
        if isinstance(content, dict) and (listed := content.get("violations")):
            return orjson.dumps(listed[:20]).decode()
    return (folder / "checker.log").read_text("utf-8", "replace")[-3000:]
