"""A permission, a source's label or a tenant taken off a live entry. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from interlock.config_files import wanted
from interlock.config_plan import Act, Difference, changes
from processors.snapshot import Snapshot
from schemas.faults import ProcessFault
from schemas.names import SettingKind


@dataclass(frozen=True, slots=True)
class Unbinding:
    permissions: Sequence[str] = ()
    tenants: Sequence[str] = ()
    label: bool = False


def plan_unbind(settings: Snapshot, key: str, taken: Unbinding) -> list[Difference]:
    """What to publish.

    Args:
        key: the entry's: a tool, or `tool@version`.

    Raises:
        ProcessFault: `not_bound`: the entry does not have what is to be taken off.
    """
    plugin = settings.plugins.get(key)
    found: list[Difference] = []
    if plugin is None and (taken.permissions or taken.tenants or not taken.label):
        raise _not_bound(f"the catalog in force has no entry `{key}`")
    if plugin is not None and (taken.permissions or taken.tenants):
        for name in taken.permissions:
            if name not in plugin.permissions:
                raise _not_bound(f"{key} does not ask for `{name}`")
        for tenant in taken.tenants:
            if tenant not in plugin.tenants:
                every = " but every tenant (`*`)" if "*" in plugin.tenants else ""
                raise _not_bound(f"{key} does not name the tenant `{tenant}`{every}")
        changed = plugin.model_copy(
            update={
                "permissions": [p for p in plugin.permissions if p not in taken.permissions],
                "tenants": [t for t in plugin.tenants if t not in taken.tenants],
            }
        )
        found += changes([wanted(SettingKind.PLUGIN, key, changed)], settings)
    if taken.label:
        tool = plugin.tool if plugin else key
        label = settings.labels.get(tool)
        if label is None:
            raise _not_bound(f"no source has labelled `{tool}`")
        line = f"{label.risk_label} at {label.labelled_at.isoformat()} by {label.source}"
        found.append(Difference(Act.DELETE, SettingKind.LABEL, tool, fields=(line,)))
    return found


def _not_bound(text: str) -> ProcessFault:
    return ProcessFault("not_bound", text)
