"""Whatever is asked, taken and given back, in whatever order: no window above its limit, and what
the windows hold is what the reservations say."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from interlock.iam import NO_IAM
from interlock.stages import AssessStage
from processors.limits import Asking, demands
from processors.snapshot import Snapshot
from schemas.identity import action_id
from schemas.limits import DayBudget, WindowLimits
from schemas.names import RiskLevel, SafetyMode, TenantId
from schemas.settings import TenantSettings
from schemas.working import LIMITS, RESERVATIONS, LimitKey, ReservationState, RevisionKey
from state.limits import release
from streams.memory import MemoryStore
from streams.outcomes import decide_batch
from tests.proposals import records
from tests.stories import START
from tests.unit.limits.making import ASKING, DEFINITION, PLUGIN, TYPE

TENANTS = (TenantId("a"), TenantId("b"))
LIMITED = TenantSettings(
    automation_enabled=True,
    approval_required=False,
    auto_approval_threshold=0,
    canary_percentage=1,
    safety_mode=SafetyMode.PERMISSIVE,
    preapproved_action_types=[TYPE],
    max_actions_per_hour=6,
    max_actions_per_day=8,
    type_limits={TYPE: WindowLimits(hour=5)},
    budgets={"*": DayBudget(money=Decimal(30)), TYPE: DayBudget(units=Decimal("9.5"))},
    max_actions_per_trace=3,
    max_actions_per_agent=4,
)
MILD = {
    "requires_approval": False,
    "impact_level": RiskLevel.LOW,
    "magnitudes": [
        one.model_copy(update={"levels": {}, "raises_to": RiskLevel.LOW})
        for one in DEFINITION.magnitudes
    ],
}
SETTINGS = Snapshot(
    version=1,
    tenants=dict.fromkeys(TENANTS, LIMITED),
    definitions={TYPE: DEFINITION.model_copy(update=MILD)},
    plugins={"bank": PLUGIN.model_copy(update={"risk_label": RiskLevel.LOW})},
)

PROPOSALS = st.tuples(
    st.sampled_from(TENANTS),
    st.sampled_from(("1" * 32, "2" * 32)),
    st.sampled_from(("x", "y")),
    st.sampled_from((0, 1, -2.5, "7,25", "?")),
)
STEPS = st.lists(
    st.one_of(
        st.lists(PROPOSALS, min_size=1, max_size=6),  # a batch that is assessed
        st.integers(0, 40),  # a reservation that is given back
        st.just(timedelta(minutes=40)),  # time that passes
    ),
    max_size=14,
)


def held(store: MemoryStore) -> Counter[LimitKey]:
    """What the reservations say they hold."""
    found: Counter[LimitKey] = Counter()
    for row in store.rows(RESERVATIONS).values():
        if row.state is ReservationState.RESERVED and row.tenant_id is not None:
            for scope, start, amount in row.windows:
                found[row.tenant_id, scope, start] += amount
    return found


@given(STEPS)
def test_no_window_is_ever_over_its_limit_and_none_forgets_what_it_holds(
    steps: list[list[tuple[TenantId, str, str, object]] | int | timedelta],
) -> None:
    store, now, most = MemoryStore(), START, dict[LimitKey, int]()
    stage = AssessStage(lambda: SETTINGS, TenantSettings(), True, 120, NO_IAM)
    made: list[RevisionKey] = []
    for step in steps:
        if isinstance(step, timedelta):
            now += step
        elif isinstance(step, int):
            with store.begin() as tx:
                chosen = {made[step % len(made)]} if made else set()
                release(tx, tx.lock(RESERVATIONS, chosen).items())
        else:
            batch = [
                ASKING.action.model_copy(
                    update={
                        "action_id": action_id(tenant, "response", f"r{len(made) + place}", 0),
                        "tenant_id": tenant,
                        "trace_id": trace,
                        "context": {"agent_id": agent},
                        "params": {"lines": [{"amount": amount}], "to": ["ana"], "units": 1},
                    }
                )
                for place, (tenant, trace, agent, amount) in enumerate(step)
            ]
            made += [(action.action_id, 1) for action in batch]
            decide_batch(store, stage, records(batch), now)
            for action in batch:
                asking = Asking(action, LIMITED, DEFINITION, PLUGIN, [], now)
                most |= {demand.key: demand.share.most for demand in demands(asking)}
        used = {key: row.used for key, row in store.rows(LIMITS).items() if row.used}
        assert used == +held(store)
        assert all(amount <= most[key] for key, amount in used.items())


@given(st.lists(PROPOSALS, max_size=8), st.lists(PROPOSALS, max_size=8))
def test_what_one_tenant_does_never_touches_what_another_one_has(
    ours: list[tuple[TenantId, str, str, object]], theirs: list[tuple[TenantId, str, str, object]]
) -> None:
    """The first tenant's verdicts are the same whether or not the second one is there."""

    def verdicts(with_them: bool) -> list[object]:
        store = MemoryStore()
        stage = AssessStage(lambda: SETTINGS, TenantSettings(), True, 120, NO_IAM)
        said: list[object] = []
        turns = [(TENANTS[0], one) for one in ours]
        if with_them:
            turns = [(TENANTS[1], one) for one in theirs] + turns
        for place, (tenant, (_, trace, agent, amount)) in enumerate(turns):
            action = ASKING.action.model_copy(
                update={
                    "action_id": action_id(tenant, "response", f"r{place}", 0),
                    "tenant_id": tenant,
                    "trace_id": trace,
                    "context": {"agent_id": agent},
                    "params": {"lines": [{"amount": amount}], "to": ["ana"], "units": 1},
                }
            )
            [emission] = decide_batch(store, stage, records([action], place), START)
            if tenant == TENANTS[0]:
                said.append(len(store.rows(RESERVATIONS)[action.action_id, 1].windows))
            assert emission.outputs
        return said

    assert verdicts(True) == verdicts(False)


def test_the_same_revision_assessed_again_takes_its_place_once() -> None:
    store, stage = MemoryStore(), AssessStage(lambda: SETTINGS, TenantSettings(), True, 120, NO_IAM)
    action = ASKING.action.model_copy(update={"tenant_id": TENANTS[0]})
    [record] = records([action])
    for number in (1, 2):
        ce_id = f"0000000{number}-0000-5000-8000-000000000000"
        again = record._replace(headers=(("ce_id", ce_id.encode()),))
        decide_batch(store, stage, [again], START)
    assert {row.used for key, row in store.rows(LIMITS).items() if "tenant" in key[1]} == {1}
