"""The reference service's rules: who may do what, in which tenant, how often. Default deny."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from interlock.iam.wire import RateAnswer
from interlock.yaml_files import checked, entries
from processors.permission import Question
from schemas.events import Event

FILE = Path("iam") / "policies.yaml"
_MOST_WINDOWS = 10_000

Permissions = tuple[str, ...]


class RatePolicy(Event):
    """How many actions with any of these permissions fit into a fixed window."""

    permissions: Permissions
    limit: Annotated[int, Field(ge=0)]
    window_s: Annotated[int, Field(gt=0)]
    per: Literal["tenant", "user"] = "tenant"


class TenantPolicies(Event):
    """One tenant's; a permission that nothing here names is nobody's."""

    everyone: Permissions = ()
    """What any named user may."""
    services: Permissions = ()
    """What may be done for nobody in particular: nothing that a user without roles may not."""
    roles: Mapping[str, Permissions] = {}
    rates: Mapping[str, RatePolicy] = {}

    @model_validator(mode="after")
    def _a_name_takes_nothing_away(self) -> Self:
        # Upstream says who asks: leaving that out must not be worth it.
        more = set(self.services) - set(self.everyone)
        if more:
            raise ValueError(f"services may {', '.join(sorted(more))}, which not everyone may")
        return self


def read_policies(file: Path) -> dict[str, TenantPolicies]:
    """The rules of each tenant.

    Raises:
        ProcessFault: `config_unreadable`; one sentence that says where and what.
    """
    return {name: checked(TenantPolicies, said, file, name) for name, said in entries(file)}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the service says."""

    allowed: bool
    reason: str
    policy: str | None = None
    rate: RateAnswer | None = None


@dataclass
class Policies:
    """Rules, and the windows that count what was granted. Used by one thread."""

    tenants: Mapping[str, TenantPolicies]
    _windows: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    """(tenant, rate policy, user) → (number of the window, used)"""

    def rule(self, question: Question, actions: int, now: float) -> Ruling:
        """May it be done, and how often of so many times? Seconds are of any clock."""
        tenant = self.tenants.get(question.tenant_id)
        if tenant is None:
            return Ruling(False, "no policy names this tenant")
        sources = _sources(tenant, question)
        missing = [
            name for name in question.permissions if all(name not in of for of in sources.values())
        ]
        if missing:
            return Ruling(False, f"nothing gives {_who(question)} {', '.join(missing)}")
        policy = next(
            (
                source
                for source, given in sources.items()
                if any(name in given for name in question.permissions)
            ),
            None,
        )
        allowed = f"{_who(question)} may, by {policy}" if policy else "no permission is needed"
        return self._rated(tenant, question, actions, now, Ruling(True, allowed, policy))

    def _rated(
        self, tenant: TenantPolicies, question: Question, actions: int, now: float, ruling: Ruling
    ) -> Ruling:
        """Of several rate policies the one with the least room is told; all of them count."""
        of = {
            name: rate
            for name, rate in tenant.rates.items()
            if set(rate.permissions) & set(question.permissions)
        }
        if not of:
            return ruling
        room = {
            name: rate.limit - self._used(name, rate, question, now) for name, rate in of.items()
        }
        tightest = min(room, key=lambda name: room[name])
        granted = max(0, min(actions, room[tightest]))
        for name, rate in of.items():
            self._use(name, rate, question, now, granted)
        rate = of[tightest]
        told = RateAnswer(
            policy=tightest, limit=rate.limit, window_s=rate.window_s, granted=granted
        )
        return replace(ruling, rate=told)

    def _used(self, name: str, rate: RatePolicy, question: Question, now: float) -> int:
        number, used = self._windows.get(_key(name, rate, question), (-1, 0))
        return used if number == int(now // rate.window_s) else 0

    def _use(self, name: str, rate: RatePolicy, question: Question, now: float, more: int) -> None:
        used = self._used(name, rate, question, now)
        key = _key(name, rate, question)
        # The oldest make room: whoever makes up users makes the service forget, not fall over.
        self._windows.pop(key, None)
        self._windows[key] = (int(now // rate.window_s), used + more)
        while len(self._windows) > _MOST_WINDOWS:
            del self._windows[next(iter(self._windows))]


def _sources(tenant: TenantPolicies, question: Question) -> dict[str, Permissions]:
    """What gives the requester which permissions."""
    if question.user is None:
        return {"services": tenant.services}
    roles = {f"role:{name}": tenant.roles.get(name, ()) for name in question.user.roles}
    return {**roles, "everyone": tenant.everyone}


def _who(question: Question) -> str:
    return "a service" if question.user is None else "this user"


def _key(name: str, rate: RatePolicy, question: Question) -> tuple[str, str, str]:
    user = question.user.id if rate.per == "user" and question.user else ""
    return question.tenant_id, name, user
