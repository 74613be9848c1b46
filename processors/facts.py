"""What a verdict rested on, as its event carries it: written down, and read back.

Whatever `AssessFacts` holds that is not in the settings at their version stands in an event's
`Facts`. So a verdict can be computed again from the log alone (`processors.recompute`); a field
that is written and not read back, or the other way round, fails its test.
"""

from pydantic import BaseModel

from processors.checks import AssessFacts
from processors.impact import History
from processors.limits import Counters
from processors.permission import permission_of
from processors.policies import Consulted
from processors.snapshot import Snapshot
from schemas.events import Facts, JsonObject
from schemas.settings import TenantSettings
from schemas.unvalidated import made


class _Process(BaseModel):
    system_enabled: bool = True
    approval_sla_s: int = 120
    tenant_defaults: TenantSettings = TenantSettings()


class _Read(BaseModel):
    """The JSON of `Facts`, given its types back."""

    counters: dict[str, int]
    history: History
    process: _Process


def recorded(
    facts: AssessFacts, counters: Counters, policies: Consulted, *, known_tenant: bool
) -> Facts:
    """`counters`: what the windows held that were asked, before the action."""
    process: JsonObject = {
        "system_enabled": facts.system_enabled,
        "approval_sla_s": facts.approval_sla_s,
    }
    if not known_tenant:
        process["tenant_defaults"] = facts.tenant_defaults.model_dump(
            mode="json", by_alias=True, exclude_defaults=True
        )
    return made(
        Facts,
        {
            "settings_version": facts.settings.version,
            "now": facts.now,
            "policy_version": policies.version,
            "counters": dict(counters),
            "first_time": facts.history.first_time,
            "iam": facts.permission.as_json(),
            "history": facts.history.as_json(),
            "policy": policies.record,
            "process": process,
        },
    )


def restored(facts: Facts, settings: Snapshot) -> tuple[AssessFacts, Counters]:
    """The facts again, and what the windows held; `settings`: those at `settings_version`.

    An event older than one of its fields says nothing there: then it is as shipped.

    Raises:
        ValueError: a field does not hold what `recorded` puts there.
    """
    found = _Read.model_validate(
        {
            "counters": facts.counters,
            "history": {**(facts.history or {}), "first_time": facts.first_time},
            "process": facts.process or {},
        }
    )
    known = AssessFacts(
        settings=settings,
        tenant_defaults=found.process.tenant_defaults,
        system_enabled=found.process.system_enabled,
        now=facts.now,
        approval_sla_s=found.process.approval_sla_s,
        history=found.history,
        permission=permission_of(facts.iam),
    )
    return known, found.counters
