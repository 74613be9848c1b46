"""What conditions look at in one action: the values of `variables.VARIABLES`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import orjson

from processors.policies.language import Activation, activation
from processors.policies.variables import VARIABLES
from schemas.events import Drafted, Impact, JsonObject, UserContext
from schemas.names import SafetyMode

MOST_BYTES = 65_536
"""Of each map as JSON. A larger one is not shown, so a condition that looks at it errs, and a
blocking rule counts as matched."""

_NOBODY = UserContext()


class Windows(NamedTuple):
    """The tenant's limits: actions of the hour and the day so far, and how many there may be."""

    hour_used: int = 0
    hour_max: int = 0
    day_used: int = 0
    day_max: int = 0


class PolicyCase(NamedTuple):
    """One action, and what is known of it. A named tuple, since each action makes one."""

    action: Drafted
    impact: Impact
    now: datetime
    later: datetime | None = None
    """When it begins, if not now: conditions are asked at both instants."""
    labels: Iterable[str] = ()
    """See `danger_labels`."""
    known_tenant: bool = True
    safety_mode: SafetyMode = SafetyMode.STRICT
    windows: Windows = Windows()
    history: Mapping[str, object] = MappingProxyType({})
    """What the caller knows of earlier actions: `first_time`, `recent_failures`, counts."""


def activation_of(case: PolicyCase, names: Iterable[str] = VARIABLES) -> Activation:
    """The action's values, for every condition.

    Args:
        names: the variables that the conditions may look at.
    """
    values: dict[str, object] = {}
    for name in names:
        if (value := VALUES[name](case)) is not None:
            values[name] = value
        elif name in _NULLABLE:
            values[name] = None
    return activation(values)


def _user(case: PolicyCase) -> UserContext:
    return case.action.user_ctx or _NOBODY


def _param_names(case: PolicyCase) -> list[str] | None:
    params = _usable(case.action.params)
    return None if params is None else sorted(set(_names(params)))


_NULLABLE = frozenset({"action.confidence"})
VALUES: dict[str, Callable[[PolicyCase], object]] = {
    "action.type": lambda c: c.action.action_type,
    "action.tool": lambda c: c.action.tool,
    "action.version": lambda c: c.action.tool_version or "",
    "action.confidence": lambda c: c.action.confidence,
    "action.repaired": lambda c: c.action.repaired,
    "action.source": lambda c: c.action.source,
    "action.labels": lambda c: c.action.labels,
    "action.template": lambda c: c.action.template or "",
    "action.degraded": lambda c: c.action.degraded_from is not None,
    "action.scheduled": lambda c: c.action.not_before is not None,
    "action.revision": lambda c: c.action.revision,
    "params": lambda c: _usable(c.action.params),
    "param_names": _param_names,
    "labels": lambda c: list(c.labels),
    "impact.level": lambda c: c.impact.risk_level.value,
    "impact.score": lambda c: c.impact.risk_score,
    "impact.resources": lambda c: c.impact.affected_resources,
    "impact.reversible": lambda c: c.impact.reversible,
    "tenant.id": lambda c: c.action.tenant_id,
    "tenant.known": lambda c: c.known_tenant,
    "tenant.safety_mode": lambda c: c.safety_mode.value,
    "tenant.ctx": lambda c: _usable(c.action.tenant_ctx),
    "user.id": lambda c: _user(c).user_id or "",
    "user.roles": lambda c: _user(c).roles,
    "user.locale": lambda c: _user(c).locale or "",
    "context": lambda c: _usable(c.action.context),
    "history": lambda c: _usable(c.history),
    "limits.hour.used": lambda c: c.windows.hour_used,
    "limits.hour.max": lambda c: c.windows.hour_max,
    "limits.day.used": lambda c: c.windows.day_used,
    "limits.day.max": lambda c: c.windows.day_max,
    "now": lambda c: c.now,
}
"""None: it is left out, and cannot be looked at: an error, never a value that is not there. Only
what is nullable is given as null."""


def _names(value: object) -> Iterator[str]:
    """The names of parameters at every depth, in small letters, so that a rule about names needs
    neither a regular expression nor to know how deep they stand."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield name.lower()
            yield from _names(below)
    elif isinstance(value, list):
        for below in value:
            yield from _names(below)


def _usable(given: Mapping[str, object]) -> JsonObject | None:
    """The map as JSON has it; None when it is too large or JSON cannot carry it. A number that
    is not finite becomes null, which compares with nothing: it would compare false with all."""
    if not given:
        return {}
    try:
        text = orjson.dumps(given)
    except (TypeError, ValueError):
        return None
    if len(text) > MOST_BYTES:
        return None
    value: JsonObject = orjson.loads(text)
    return value
