"""The folder of configuration, read and checked: what `control.settings` should say.

    config/actions.yaml                  action type → ActionDefinition
    config/plugins/catalog.yaml          tool → PluginSpec (`interlock.catalog.file`)
    config/react/action_templates.yaml   template → ActionTemplate (optional)
    config/risk/agent_action_policies.yaml   pack → PolicyPack (optional, `interlock.policy_file`)
    config/tenants/<id>.yaml             TenantSettings; demo.yaml only when asked for
    config/approvers.yaml                kid → Approver (optional)
    config/rollout.yaml                  RolloutPlan (optional, `interlock.rollout_file`)

A field that nobody knows is refused: what is misspelled would count as not said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from interlock.catalog.file import read_catalog
from interlock.magnitudes import misplaced
from interlock.policy_file import FILE as POLICIES
from interlock.policy_file import read_policies
from interlock.rollout_file import FILE as ROLLOUT
from interlock.rollout_file import read_rollout
from interlock.yaml_files import checked, entries, mapping, unreadable
from processors.catalog import match
from processors.settings_log import aliases
from processors.signatures import public_key
from processors.snapshot import Snapshot, setting_key
from processors.templates import check_template, tool_name
from schemas.events import Event, JsonObject
from schemas.names import SettingKind
from schemas.settings import (
    ActionDefinition,
    ActionTemplate,
    Approver,
    PluginSpec,
    TenantSettings,
)

DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One setting as it should be, every field said: a later default changes nothing here."""

    kind: SettingKind
    key: str
    value: JsonObject

    @property
    def name(self) -> str:
        return setting_key(self.kind, self.key)


def wanted(kind: SettingKind, key: str, value: Event) -> Wanted:
    return Wanted(kind, key, value.model_dump(mode="json"))


def read_config(
    folder: Path, *, demo: bool = False, tenant_defaults: TenantSettings | None = None
) -> list[Wanted]:
    """Everything the folder says, plugins first, since definitions refer to them.

    Args:
        demo: `tenants/demo.yaml` too.
        tenant_defaults: what a tenant's file leaves out; None: as shipped.

    Raises:
        ProcessFault: `config_unreadable`; one sentence that says where and what.
    """
    plugins = read_catalog(folder / "plugins" / "catalog.yaml")
    definitions = _definitions(folder / "actions.yaml", plugins)
    templates = _templates(folder / "react" / "action_templates.yaml", plugins, definitions)
    defaults = (tenant_defaults or TenantSettings()).model_dump()
    tenants = _tenants(folder / "tenants", definitions, demo, defaults)
    approvers = _approvers(folder / "approvers.yaml")
    policies = read_policies(folder / POLICIES)
    rollouts = read_rollout(folder / ROLLOUT, definitions)
    return [
        *_all(SettingKind.PLUGIN, plugins),
        *_all(SettingKind.DEFINITION, definitions),
        *_all(SettingKind.TEMPLATE, templates),
        # Before tenants: automation that a file switches on meets the rules of the same file set.
        *_all(SettingKind.POLICY, policies),
        *_all(SettingKind.ROLLOUT, rollouts),
        *_all(SettingKind.TENANT, tenants),
        *_all(SettingKind.APPROVER, approvers),
    ]


def _all(kind: SettingKind, values: Mapping[str, Event]) -> Iterable[Wanted]:
    return (wanted(kind, key, value) for key, value in values.items())


def _definitions(file: Path, plugins: Mapping[str, PluginSpec]) -> dict[str, ActionDefinition]:
    definitions: dict[str, ActionDefinition] = {}
    for action_type, said in entries(file):
        given = {"action_type": action_type, **said}
        definition = checked(ActionDefinition, given, file, action_type)
        for tool in definition.tools:
            if tool not in plugins or "@" in tool:
                raise unreadable(file, f"{action_type}: the catalog has no tool `{tool}`")
        for mistake in misplaced(definition.magnitudes, [plugins[t] for t in definition.tools]):
            raise unreadable(file, f"{action_type}: {mistake}")
        definitions[action_type] = definition
    return definitions


def _templates(
    file: Path,
    plugins: Mapping[str, PluginSpec],
    definitions: Mapping[str, ActionDefinition],
) -> dict[str, ActionTemplate]:
    known = {*definitions, *plugins, *(alias for p in plugins.values() for alias in p.aliases)}
    offered = Snapshot(plugins=plugins, definitions=definitions, tools=aliases(plugins))
    templates: dict[str, ActionTemplate] = {}
    for name, said in entries(file) if file.exists() else ():
        template = checked(ActionTemplate, said, file, name)
        for step in template.steps:
            if (tool := tool_name(step.tool)) not in known:
                raise unreadable(file, f"{name}, step {step.name}: there is no tool `{tool}`")
            if match(offered, step.tool) is None:
                why = f"no version of `{tool}` satisfies `{step.tool}`"
                raise unreadable(file, f"{name}, step {step.name}: {why}")
        for problem in check_template(template):
            raise unreadable(file, f"{name}{problem.pointer}: {problem.text}")
        templates[name] = template
    return templates


def _tenants(
    folder: Path,
    definitions: Mapping[str, ActionDefinition],
    demo: bool,
    defaults: JsonObject,
) -> dict[str, TenantSettings]:
    tenants: dict[str, TenantSettings] = {}
    for file in sorted(folder.glob("*.yaml")):
        tenant_id = file.stem
        if tenant_id == DEMO and not demo:
            continue
        said = {**defaults, **mapping(file)}
        tenant = checked(TenantSettings, said, file, tenant_id)
        named = [*tenant.preapproved_action_types, *(tenant.allowed_action_types or [])]
        for action_type in named:
            if action_type not in definitions:
                raise unreadable(file, f"there is no action type `{action_type}`")
        tenants[tenant_id] = tenant
    return tenants


def _approvers(file: Path) -> dict[str, Approver]:
    approvers: dict[str, Approver] = {}
    for kid, said in entries(file) if file.exists() else ():
        approvers[kid] = checked(Approver, said, file, kid)
        try:
            key = public_key(approvers[kid].public_key)
        except ValueError as error:
            raise unreadable(file, f"{kid}: {error}") from None
        if key.kid not in (None, kid):
            raise unreadable(file, f"{kid}: the public key's kid is another one")
    return approvers
