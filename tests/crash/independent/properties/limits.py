"""No window holds more than its tenant allows, and the counters say what the log says.

From the log alone: each assessment carries the instant and the settings' version it rests on;
what a version said is folded again from `control.settings`. A place is given back when an
action ends without having been called.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

from tests.crash.independent.contract import DEFAULT_MOST, RELEASING
from tests.crash.independent.events import Assessed
from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World

Window = tuple[str, str, datetime]
"""(tenant, `hour` or `day`, start)"""
SCOPES = ("hour", "day")


def limits(world: World, finding: Finding) -> None:
    most = _Limits(world)
    taken: Counter[Window] = Counter()
    allowed: dict[Window, int] = defaultdict(int)
    for assessed in world.assessed:
        finding.saw("assessed")
        for scope in SCOPES:
            window = _window(assessed, scope)
            limit = most.at(assessed.tenant, scope, assessed.settings_version)
            if limit is not None:
                allowed[window] = max(allowed[window], limit)
            if assessed.reserved and world.end(assessed.key) not in RELEASING:
                taken[window] += 1
            if assessed.verdict == "auto_approve":
                before = assessed.counters.get(f"tenant:{scope}")
                finding.expect(
                    limit is not None and before is not None and before < limit,
                    assessed.key[0],
                    f"approved by itself with {before} of {limit} an {scope} taken before",
                )
    for window, limit in allowed.items():
        finding.saw("windows")
        text = f"{taken[window]} places taken in {_named(window)}, {limit} are there"
        finding.expect(taken[window] <= limit, None, text)
    _counters_agree(world, finding, taken)


def _counters_agree(world: World, finding: Finding, taken: Mapping[Window, int]) -> None:
    used: dict[Window, int] = {}
    for row in world.database.limits:
        if row.tenant is not None and row.scope.startswith("tenant:"):
            window = (row.tenant, row.scope.removeprefix("tenant:"), row.start.astimezone(UTC))
            used[window] = row.used
    finding.saw("counters", len(used))
    for window in used.keys() | taken.keys():
        counted, said = used.get(window, 0), taken.get(window, 0)
        finding.expect(
            counted == said, None, f"{_named(window)}: counted {counted}, the log says {said}"
        )


class _Limits:
    """What each version of the settings allowed a tenant."""

    def __init__(self, world: World) -> None:
        self._of: dict[str, list[tuple[int, Mapping[str, object] | None]]] = defaultdict(list)
        for setting in world.settings:
            if setting.kind == "tenant":
                self._of[setting.key].append((setting.version, setting.value))

    def at(self, tenant: str, scope: str, version: int) -> int | None:
        """None: the tenant was not known then, and nothing of it ran by itself."""
        known = [value for at, value in self._of[tenant] if at <= version]
        if not known or known[-1] is None:
            return None
        limit = known[-1].get(f"max_actions_per_{scope}", DEFAULT_MOST[scope])
        return limit if isinstance(limit, int) else DEFAULT_MOST[scope]


def _window(assessed: Assessed, scope: str) -> Window:
    start = assessed.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return assessed.tenant, scope, start if scope == "hour" else start.replace(hour=0)


def _named(window: Window) -> str:
    tenant, scope, start = window
    return f"the {scope} {start:%Y-%m-%dT%H}Z of {tenant}"
