"""What conditions look at in one action: the values of `variables.VARIABLES`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from processors.policies.language import Activation, activation
from schemas.events import Drafted, Impact, JsonObject, UserContext
from schemas.names import SafetyMode

MOST_BYTES = 65_536
"""Of each map as JSON. A larger one is not shown, so a condition that looks at it errs, and a
blocking rule counts as matched."""

_NOBODY = UserContext()


@dataclass(frozen=True, slots=True)
class Windows:
    """The tenant's limits: actions of the hour and the day so far, and how many there may be."""

    hour_used: int = 0
    hour_max: int = 0
    day_used: int = 0
    day_max: int = 0


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """One action, and what is known of it."""

    action: Drafted
    impact: Impact
    now: datetime
    labels: Iterable[str] = ()
    """See `danger_labels`."""
    known_tenant: bool = True
    safety_mode: SafetyMode = SafetyMode.STRICT
    windows: Windows = Windows()
    history: Mapping[str, object] = field(default_factory=dict)
    """What the caller knows of earlier actions: `first_time`, `recent_failures`, counts."""


def activation_of(case: PolicyCase) -> Activation:
    """The action's values, for every condition."""
    action, impact, windows = case.action, case.impact, case.windows
    user = action.user_ctx or _NOBODY
    values: dict[str, object] = {
        "action.type": action.action_type,
        "action.tool": action.tool,
        "action.version": action.tool_version or "",
        "action.confidence": action.confidence,
        "action.repaired": action.repaired,
        "action.source": action.source,
        "action.labels": action.labels,
        "action.template": action.template or "",
        "action.degraded": action.degraded_from is not None,
        "action.scheduled": action.not_before is not None,
        "action.revision": action.revision,
        "labels": list(case.labels),
        "impact.level": impact.risk_level.value,
        "impact.score": impact.risk_score,
        "impact.resources": impact.affected_resources,
        "impact.reversible": impact.reversible,
        "tenant.id": action.tenant_id,
        "tenant.known": case.known_tenant,
        "tenant.safety_mode": case.safety_mode.value,
        "user.id": user.user_id or "",
        "user.roles": user.roles,
        "user.locale": user.locale or "",
        "limits.hour.used": windows.hour_used,
        "limits.hour.max": windows.hour_max,
        "limits.day.used": windows.day_used,
        "limits.day.max": windows.day_max,
        "now": case.now,
    }
    for name, given in (
        ("params", action.params),
        ("tenant.ctx", action.tenant_ctx),
        ("context", action.context),
        ("history", case.history),
    ):
        # What is left out cannot be looked at: an error, never a value that is not there.
        if (usable := _usable(given)) is not None:
            values[name] = usable
    if "params" in values:
        values["param_names"] = sorted(set(_names(values["params"])))
    return activation(values)


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
