"""One tenant's settings, limits, history and policies never touch another's verdicts.

Tenant b is run alone, and again beside tenant a, whose settings and traffic are anything, in the
same batches and with the same ids. What b is told is the same, event by event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from schemas.events import Assessed, Event
from schemas.names import DecisionType, SettingKind, TenantId, Topic
from schemas.settings import Freeze
from tests.examples import examples
from tests.topology.traffic import (
    ANA,
    FOUND,
    OPEN,
    PARAMS,
    PROPOSALS,
    TENANT_SETTINGS,
    Change,
    Proposal,
    Run,
    packs,
)

A, B = TenantId("a"), TenantId("b")
TOLD = (
    Topic.DRAFTED,
    Topic.ASSESSED,
    Topic.APPROVED,
    Topic.REPORTS,
    Topic.EXECUTED,
    Topic.STATE_CHANGED,
)


@dataclass(frozen=True)
class Turn:
    """What happens at one moment, in one batch: a's settings, a's responses, then b's."""

    changes: Sequence[Change] = ()
    frozen: bool = False
    """All of a, from now on."""
    of_a: Sequence[Proposal] = ()
    of_b: Sequence[Proposal] = ()
    mirrored: bool = False
    """a proposes what b proposes besides, under the same response ids."""
    decided: DecisionType = DecisionType.APPROVE
    """What Ana says of everything that is new."""


@dataclass
class Both:
    """A run with tenant a, or without."""

    with_a: bool
    run: Run = field(default_factory=Run)
    freezes: dict[str, Freeze] = field(default_factory=dict)

    def play(self, settings_of_b: Change, turns: Sequence[Turn]) -> "Both":
        self.run.publish(settings_of_b)
        for number, turn in enumerate(turns):
            self._turn(number, turn)
        return self

    def _turn(self, number: int, turn: Turn) -> None:
        chain = self.run.chain
        chain.clock.advance(600)
        proposed = []
        if self.with_a:
            self.run.publish(*turn.changes)
            if turn.frozen:
                self.freezes["a"] = Freeze(tenant=A, reason="test")
            chain.snapshot = replace(chain.snapshot, freezes=self.freezes)
            proposed += [
                (A, self.run.write(A, f"{number}-{n}", said))
                for n, said in enumerate([*turn.of_a, *(turn.of_b if turn.mirrored else ())])
            ]
        proposed += [
            (B, self.run.write(B, f"{number}-{n}", said)) for n, said in enumerate(turn.of_b)
        ]
        chain.run()
        for tenant, action in proposed:
            ANA.decide(chain, turn.decided, action, decision_id=f"d-{action}", tenant_id=tenant)

    def told_b(self) -> dict[Topic, list[Event]]:
        return {
            topic: [_plain(e) for e in self.run.events(topic) if _tenant(e) == B] for topic in TOLD
        }


def _tenant(event: Any) -> str:
    tenant: str = event.action.tenant_id if hasattr(event, "action") else event.tenant_id
    return tenant


def _plain(event: Event) -> Event:
    """Without the versions of what is in force, which are everybody's."""
    if hasattr(event, "action"):
        return event.model_copy(update={"action": _plain(event.action)})
    if not isinstance(event, Assessed):
        return event
    versions = {"settings_version": 0, "policy_version": None}
    return event.model_copy(update={"facts": event.facts.model_copy(update=versions)})


OF_A: st.SearchStrategy[Change] = st.one_of(
    st.tuples(st.just(SettingKind.TENANT), st.just("a"), TENANT_SETTINGS),
    st.tuples(st.just(SettingKind.POLICY), st.just("of-a"), packs(tenants=["a"])),
)
TURNS = st.lists(
    st.builds(
        Turn,
        changes=st.lists(OF_A, max_size=2),
        frozen=st.sampled_from([False] * 9 + [True]),
        of_a=st.lists(PROPOSALS, max_size=3),
        of_b=st.lists(PROPOSALS, max_size=3),
        mirrored=st.booleans(),
        decided=st.sampled_from([DecisionType.APPROVE] * 3 + [DecisionType.REJECT]),
    ),
    min_size=2,
    max_size=6,
)


@settings(max_examples=examples(), deadline=None, phases=FOUND)
@given(TENANT_SETTINGS, TURNS)
def test_what_a_tenant_is_told_is_the_same_whatever_another_does(
    of_b: dict[str, Any] | None, turns: list[Turn]
) -> None:
    settings_of_b: Change = (SettingKind.TENANT, "b", of_b)
    alone = Both(with_a=False).play(settings_of_b, turns)
    beside = Both(with_a=True).play(settings_of_b, turns)
    assert beside.told_b() == alone.told_b()


TASK = Proposal("create_task", 0.95, PARAMS["create_task"][0])
FAILS = replace(TASK, outcome=1)


def test_the_same_traffic_under_one_set_of_settings_has_its_own_limits_and_history() -> None:
    """The property's sharpest corner, played once: everything of a is used up or failing."""
    careful = {**OPEN, "preapproved_action_types": [], "max_actions_per_hour": 3}
    never: JsonValue = {"name": "r", "when": "true", "effect": "deny", "tenants": ["a"]}
    turns = [
        Turn([(SettingKind.TENANT, "a", careful)], of_a=[FAILS] * 3, of_b=[TASK], mirrored=True),
        Turn(of_a=[FAILS] * 3, of_b=[TASK], mirrored=True),
        Turn(
            [(SettingKind.POLICY, "of-a", {"version": "1", "rules": [never]})],
            of_b=[TASK],
            mirrored=True,
        ),
    ]
    both = Both(with_a=True).play((SettingKind.TENANT, "b", careful), turns)
    verdicts: dict[str, list[tuple[str, ...]]] = {A: [], B: []}
    for event in both.run.events(Topic.ASSESSED):
        assert isinstance(event, Assessed)
        codes = tuple(reason.code for reason in event.reasons)
        verdicts[event.tenant_id].append(codes)
    assert verdicts[B] == [("first_time",), (), ()]
    assert all(codes for codes in verdicts[A])
    assert verdicts[A][-1][0] == "policy"
