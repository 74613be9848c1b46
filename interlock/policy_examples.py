"""Policies tried on actions people wrote down: rule tests, and what `policy explain` explains.

What is left out is filled in as assessment would: tool, impact and labels from the configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from interlock.policy_given import Example, Given, GivenTenant
from interlock.yaml_files import unreadable
from interlock.yaml_places import node_at, place_of
from processors.impact import BEGINS, Considered, impact
from processors.policies import PolicyCase, PolicyVerdict, Windows, danger_labels, decide
from processors.sensitive import with_sensitive_labels
from processors.snapshot import Snapshot
from processors.untrusted import with_untrusted_labels
from schemas.events import Drafted, Impact, UserContext
from schemas.identity import params_hash
from schemas.names import ActionId, RiskLevel, TenantId
from schemas.settings import TenantSettings


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    wrong: tuple[str, ...]
    """Empty: as expected."""


_EXAMPLES = TypeAdapter(list[Example])


def read_examples(file: Path) -> list[Example]:
    """
    Raises:
        ProcessFault: `config_unreadable`, with line and column.
    """
    try:
        text = file.read_text(encoding="utf-8")
        root, said = yaml.compose(text, yaml.CSafeLoader), yaml.load(text, yaml.CSafeLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise unreadable(file, str(error)) from None
    if root is None:
        return []
    try:
        return _EXAMPLES.validate_python(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = place_of(node_at(root, first["loc"]).start_mark)
        told = ".".join(str(part) for part in first["loc"])
        raise unreadable(file, f"{place.line}:{place.column}: {told}: {first['msg']}") from None


def case_of(given: Given, settings: Snapshot) -> PolicyCase:
    """As assessment would put it, with the definitions and the catalog of these settings."""
    said = given.action
    definition, plugin = settings.resolve(said.type)
    if said.tool is not None:
        plugin = settings.plugin(said.tool, said.version)
    tool = said.tool or (plugin.tool if plugin else said.type)
    version = said.version or (plugin.version if plugin else None)
    action = Drafted(
        sequence=0,
        action_id=ActionId("example"),
        revision=said.revision,
        tenant_id=TenantId(given.tenant.id),
        trace_id=None,
        action_type=said.type,
        tool=tool,
        tool_version=version,
        params=said.params,
        params_hash=params_hash(tool, version, said.params),
        user_ctx=UserContext(
            user_id=given.user.id, roles=given.user.roles, locale=given.user.locale
        ),
        tenant_ctx=given.tenant.ctx,
        context=given.context,
        confidence=said.confidence,
        repaired=said.repaired,
        source=said.source,
        labels=said.labels,
        template=said.template,
        degraded_from="example" if said.degraded else None,
        not_before=given.now if said.scheduled else None,
    )
    action = with_untrusted_labels(with_sensitive_labels(action, plugin))
    considered = Considered(
        action,
        definition,
        plugin,
        given.now,
        labels=settings.labels,
        tenant=_tenant(given.tenant, settings),
    )
    found = impact(considered)
    level = given.impact.level or found.risk_level
    changes = {
        "risk_level": level,
        "risk_score": _score(given.impact.score, given.impact.level, found),
        "reversible": given.impact.reversible or found.reversible,
        "affected_resources": given.impact.resources or found.affected_resources,
    }
    told_impact = found.model_copy(update=changes)
    limits = given.limits
    return PolicyCase(
        action=action,
        impact=told_impact,
        now=given.now,
        labels=[*danger_labels(action, definition, plugin, told_impact), *given.labels],
        known_tenant=given.tenant.known,
        safety_mode=given.tenant.safety_mode,
        windows=Windows(limits.hour.used, limits.hour.max, limits.day.used, limits.day.max),
        history=given.history,
    )


def _tenant(given: GivenTenant, settings: Snapshot) -> TenantSettings:
    """As configured, with the domains and known parties that are given in their place."""
    tenant = settings.tenant(TenantId(given.id)) or TenantSettings()
    said = {"domains": given.domains, "known_parties": given.known_parties}
    return tenant.model_copy(update={k: v for k, v in said.items() if v is not None})


def try_example(example: Example, settings: Snapshot) -> Outcome:
    verdict = decide(settings.policies.values(), case_of(example, settings))
    got, wanted = told(verdict), example.expect.model_dump(mode="json", exclude_none=True)
    wrong = tuple(
        f"{field}: expected {_sorted(want)}, got {_sorted(got[field])}"
        for field, want in wanted.items()
        if _sorted(got[field]) != _sorted(want)
    )
    return Outcome(example.name, wrong)


def told(verdict: PolicyVerdict) -> Mapping[str, object]:
    """The verdict in the words of `Expected`."""
    return {
        "effect": verdict.effect.value if verdict.effect else "none",
        "rules": [match.name for match in verdict.matched if match.effect is verdict.effect],
        "stages": [stage.model_dump() for stage in verdict.stages],
        "sla_s": verdict.sla_s,
        "shadow": [match.name for match in verdict.shadow],
        "errors": [error.rule for error in verdict.errors],
    }


def _sorted(value: object) -> object:
    """Names in any order; stages as they come."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(value)
    return value


def _score(said: int | None, level: RiskLevel | None, found: Impact) -> int:
    """The score an example says, else where the level it says begins, else what was found."""
    if said is not None:
        return said
    return found.risk_score if level is None else BEGINS[level]
