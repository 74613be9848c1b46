"""Everything there is to compare, gathered once and indexed the ways the properties ask."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar

from tests.crash.independent import contract, events
from tests.crash.independent.campaign import Campaign
from tests.crash.independent.database import Database
from tests.crash.independent.events import Key
from tests.crash.independent.log import Log
from tests.crash.independent.offsets import Offsets


class _Keyed(Protocol):
    @property
    def key(self) -> Key: ...


E = TypeVar("E", bound=_Keyed)


@dataclass(frozen=True)
class World:
    """`tenants`: None for all of them."""

    log: Log = field(default_factory=Log)
    database: Database = field(default_factory=Database)
    campaign: Campaign = field(default_factory=Campaign)
    offsets: Offsets = field(default_factory=Offsets)
    tenants: Collection[str] | None = None
    drafted: Sequence[events.Drafted] = ()
    assessed: Sequence[events.Assessed] = ()
    approved: Sequence[events.Approved] = ()
    executed: Sequence[events.Executed] = ()
    changed: Sequence[events.Changed] = ()
    decisions: Sequence[events.Decision] = ()
    settings: Sequence[events.Setting] = ()
    letters: Sequence[events.Letter] = ()
    unreadable: Sequence[str] = ()
    """Records of our own output topics that nobody can read."""

    @cached_property
    def transitions(self) -> Mapping[Key, Sequence[events.Changed]]:
        """Of each (action, revision), by sequence."""
        found: dict[Key, list[events.Changed]] = defaultdict(list)
        for change in self.changed:
            if change.kind == "transition" and change.key is not None:
                found[change.key].append(change)
        return {key: sorted(of, key=lambda c: c.sequence) for key, of in found.items()}

    @cached_property
    def last(self) -> Mapping[Key, events.Changed]:
        return {key: changes[-1] for key, changes in self.transitions.items()}

    @cached_property
    def approved_by_key(self) -> Mapping[Key, Sequence[events.Approved]]:
        return by_key(self.approved)

    @cached_property
    def drafted_by_key(self) -> Mapping[Key, Sequence[events.Drafted]]:
        return by_key(self.drafted)

    def end(self, key: Key) -> str | None:
        """The state the revision shows last."""
        return self.last[key].state if key in self.last else None


def by_key(items: Iterable[E]) -> dict[Key, list[E]]:
    found: dict[Key, list[E]] = defaultdict(list)
    for item in items:
        found[item.key].append(item)
    return dict(found)


def idempotency_key(key: Key) -> str:
    return f"{key[0]}.{key[1]}"


def key_of(idempotency_key: str) -> Key:
    """Of a text that is none: a key no action has."""
    action, _, revision = idempotency_key.rpartition(".")
    return action, int(revision) if revision.isdecimal() else -1


def gather(
    log: Log,
    database: Database,
    campaign: Campaign,
    offsets: Offsets,
    tenants: Collection[str] | None = None,
) -> World:
    log = log.of_tenants(tenants, never=[contract.SETTINGS])
    ours: list[str] = []
    others: list[str] = []
    return World(
        log=log,
        database=database.of_tenants(tenants),
        campaign=campaign.of_tenants(tenants),
        offsets=offsets,
        tenants=tenants,
        drafted=events.parse_all(log.on(contract.DRAFTED), events.drafted, ours),
        assessed=events.parse_all(log.on(contract.ASSESSED), events.assessed, ours),
        approved=events.parse_all(log.on(contract.APPROVED), events.approved, ours),
        executed=events.parse_all(log.on(contract.EXECUTED), events.executed, ours),
        changed=events.parse_all(log.on(contract.CHANGED), events.changed, ours),
        # What others wrote may well be unreadable: that is for the stages to say.
        decisions=events.parse_all(log.on(contract.DECISIONS), events.decision, others),
        settings=events.parse_all(log.on(contract.SETTINGS), events.setting, others),
        letters=[events.letter(r) for topic in contract.DEAD_LETTERS for r in log.on(topic)],
        unreadable=ours,
    )
