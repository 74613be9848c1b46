"""What actions are assessed under where nothing runs: settings, a moment, and nobody to ask."""

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from processors.assess import decide, examine
from processors.capability import capable
from processors.checks import AssessFacts
from processors.impact import UNKNOWN, History
from processors.permission import NOT_NEEDED, Permission, PermissionState
from processors.snapshot import Snapshot
from processors.untrusted import with_untrusted_labels
from schemas.events import Assessed, Drafted
from schemas.settings import TenantSettings


@dataclass(frozen=True, slots=True)
class World:
    settings: Snapshot
    now: datetime
    tenant_defaults: TenantSettings
    system_enabled: bool = True
    approval_sla_s: int = 120

    def assess(
        self,
        drafted: Drafted,
        history: History = UNKNOWN,
        iam: PermissionState = PermissionState.ALLOWED,
        now: datetime | None = None,
    ) -> Assessed:
        """The verdict with empty windows.

        Args:
            iam: what the IAM would say; nobody asks it here.
        """
        able = capable(with_untrusted_labels(drafted), self.settings)
        needed = () if able.plugin is None else tuple(able.plugin.permissions)
        said = Permission(iam, "as given: nobody was asked", asked=needed)
        facts = AssessFacts(
            settings=self.settings,
            tenant_defaults=self.tenant_defaults,
            system_enabled=self.system_enabled,
            now=now or self.now,
            approval_sla_s=self.approval_sla_s,
            history=history,
            permission=NOT_NEEDED if iam is PermissionState.NOT_NEEDED else said,
        )
        event = decide(examine(able, facts), MappingProxyType({})).outputs[0].event
        assert isinstance(event, Assessed)
        return event
