"""Many assessors on one PostgreSQL: as many actions run as there is room, and none more."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from sqlalchemy import Engine, TextClause, text

from interlock.iam import NO_IAM
from interlock.stages import AssessStage
from processors.snapshot import Snapshot
from schemas.codec import decode_as
from schemas.events import Assessed, Drafted
from schemas.faults import PassingFault
from schemas.identity import action_id
from schemas.limits import DayBudget, WindowLimits
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel, SafetyMode, TenantId, Topic, Verdict
from schemas.records import Record
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from schemas.working import LIMITS, RESERVATIONS, LimitRow, ReservationState, RevisionKey, Taken
from state.engine import stage_engine
from state.limits import prune, release
from state.row_tables import row_table
from state.store import PostgresStore
from streams.outcomes import decide_batch
from tests.proposals import records
from tests.stories import ACME, Story

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ASSESSORS, REQUESTS, LIMIT = 16, 10_000, 1_000
TYPES = ("create_task", "send_payment", "update_inventory")
PLENTY = 10**9
DRAFTED = Story().drafted()
TENANT = TenantSettings(
    automation_enabled=True,
    approval_required=False,
    auto_approval_threshold=0.1,
    canary_percentage=1.0,
    safety_mode=SafetyMode.PERMISSIVE,
    preapproved_action_types=list(TYPES),
    max_actions_per_hour=LIMIT,
    max_actions_per_day=PLENTY,
    type_limits={name: WindowLimits(hour=PLENTY, day=PLENTY) for name in TYPES},
    category_limits={"general": WindowLimits(hour=PLENTY, day=PLENTY)},
    plugin_limits={name: WindowLimits(day=PLENTY) for name in TYPES},
    budgets={name: DayBudget(money=PLENTY) for name in ("*", *TYPES)},
    max_actions_per_trace=PLENTY,
    max_actions_per_agent=PLENTY,
    max_touches_per_resource=PLENTY,
)
SETTINGS = Snapshot(
    version=1,
    tenants={ACME: TENANT},
    definitions={
        name: ActionDefinition(
            action_type=name,
            name=name,
            requires_approval=False,
            impact_level=RiskLevel.LOW,
            resources=["item:{item}"],
            magnitudes=[
                Magnitude(
                    kind=MagnitudeKind.AMOUNT, pointer="/amount", levels={RiskLevel.HIGH: PLENTY}
                )
            ],
            tools=[name],
        )
        for name in TYPES
    },
    plugins={
        name: PluginSpec(
            tool=name,
            version="1.0",
            parameters={},
            risk_label=RiskLevel.LOW,
            max_calls_per_minute=PLENTY,
        )
        for name in TYPES
    },
)


def proposals(count: int, rng: random.Random) -> list[Drafted]:
    """Of types, traces, agents and resources that many share, so that no two batches ask for
    the same windows in the same order."""
    return [
        DRAFTED.model_copy(
            update={
                "action_id": action_id(ACME, "response", "many", number),
                "action_type": (name := rng.choice(TYPES)),
                "tool": name,
                "tool_version": "1.0",
                "trace_id": f"{rng.randrange(1, 200):032x}",
                "params": {"item": rng.randrange(50), "amount": f"{rng.randrange(1, 900)}.25"},
                "context": {"agent_id": f"agent-{rng.randrange(9)}"},
            }
        )
        for number in range(count)
    ]


def parts(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def stage(settings: Snapshot = SETTINGS) -> AssessStage:
    return AssessStage(lambda: settings, TenantSettings(), True, 120, NO_IAM)


def assess(store: PostgresStore, stage: AssessStage, batch: Sequence[Record]) -> list[Assessed]:
    """Until it is decided, as the runtime does it: another one may have been faster."""
    for _ in range(1_000):
        try:
            emissions = decide_batch(store, stage, batch, NOW)
        except PassingFault as fault:
            if fault.code != "row_race":
                raise
        else:
            return [
                decode_as(Assessed, output.value or b"")
                for emission in emissions
                for output in emission.outputs
                if output.topic == Topic.ASSESSED
            ]
    raise AssertionError("never decided")


@pytest.fixture
def stores(database_url: str) -> Iterator[list[PostgresStore]]:
    engines = [stage_engine(database_url, f"assess-{n}", pool_size=1) for n in range(ASSESSORS)]
    yield [PostgresStore(engine) for engine in engines]
    for engine in engines:
        engine.dispose()


def windows(engine: Engine) -> Counter[tuple[str, datetime]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT scope, window_start, used FROM limits"))
        return Counter({(scope, start): used for scope, start, used in rows})


def reserved(engine: Engine) -> Counter[tuple[str, datetime]]:
    """What the reservations say they hold."""
    statement = text(
        "SELECT one ->> 0, CAST(one ->> 1 AS timestamptz), sum(CAST(one ->> 2 AS bigint)) "
        "FROM reservations, jsonb_array_elements(windows) AS one "
        "WHERE state = 'reserved' GROUP BY 1, 2"
    )
    with engine.connect() as connection:
        return Counter({(scope, at): int(n) for scope, at, n in connection.execute(statement)})


@pytest.mark.timing
def test_sixteen_assessors_admit_exactly_what_there_is_room_for(
    stores: list[PostgresStore], engine: Engine
) -> None:
    rng = random.Random(16)
    # Of each assessor's own partition, so that they meet in the windows alone.
    queues = [
        parts(records(part, number), rng.randrange(20, 90))
        for number, part in enumerate(parts(proposals(REQUESTS, rng), REQUESTS // ASSESSORS))
    ]

    def work(number: int) -> list[Assessed]:
        own = stage()
        return [one for batch in queues[number] for one in assess(stores[number], own, batch)]

    with ThreadPoolExecutor(ASSESSORS) as pool:
        found = [one for part in pool.map(work, range(ASSESSORS)) for one in part]

    assert len(found) == REQUESTS
    verdicts = Counter(one.verdict for one in found)
    assert verdicts == {
        Verdict.AUTO_APPROVE: LIMIT,
        Verdict.NEEDS_APPROVAL: REQUESTS - LIMIT,
    }
    over = {reason.code for one in found for reason in one.reasons}
    assert over == {"limit_hour"}
    assert windows(engine)["tenant:hour", NOW.replace(minute=0)] == LIMIT
    assert windows(engine) == reserved(engine)
    spent = sum(Decimal(str(one.params["amount"])) for one in found if not one.reasons) * 1000
    assert windows(engine)["budget:money:day", NOW.replace(hour=0, minute=0)] == spent


def test_giving_back_while_others_take_loses_and_invents_nothing(
    stores: list[PostgresStore], engine: Engine
) -> None:
    actions = proposals(1_200, random.Random(4))
    first, later = actions[:400], actions[400:]
    roomy = TENANT.model_copy(update={"max_actions_per_hour": PLENTY})
    assessing = stage(replace(SETTINGS, tenants={ACME: roomy}))
    assess(stores[0], assessing, records(first))

    def take(number: int) -> None:
        own = [a for place, a in enumerate(later) if place % 4 == number]
        for batch in parts(records(own, number + 1), 25):
            assess(stores[number], assessing, batch)

    def give_back(number: int) -> None:
        # Both ask for all of them: each is given back once.
        for batch in parts(first, 20 + 3 * number):
            with stores[number].begin() as tx:
                release(tx, tx.lock(RESERVATIONS, {(a.action_id, 1) for a in batch}).items())

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(take, number) for number in range(4)]
        work += [pool.submit(give_back, number) for number in (4, 5)]
        for one in work:
            one.result()
    assert +windows(engine) == reserved(engine)
    assert windows(engine)["tenant:hour", NOW.replace(minute=0)] == len(later)


def test_what_is_given_back_is_what_was_taken_and_once(engine: Engine) -> None:
    store = PostgresStore(engine)
    actions = proposals(200, random.Random(1))
    assess(store, stage(), records(actions))
    assert windows(engine) == reserved(engine)
    keys: set[RevisionKey] = {(action.action_id, 1) for action in actions}
    for _ in range(2):
        with store.begin() as tx:
            release(tx, tx.lock(RESERVATIONS, keys).items())
    assert set(windows(engine).values()) == {0}
    with store.begin() as tx:
        states = {row.state for row in tx.lock(RESERVATIONS, keys).values()}
    assert states == {ReservationState.RELEASED}


def test_windows_that_are_long_over_are_pruned_and_not_made_again(engine: Engine) -> None:
    store = PostgresStore(engine)
    [old] = proposals(1, random.Random(2))
    assess(store, stage(), records([old]))
    kept = (ACME, "tenant:hour", NOW + timedelta(days=1))
    with store.begin() as tx:
        tx.save(LIMITS, {kept: LimitRow(*kept, used=3)})
    with engine.begin() as connection:
        assert prune(connection, NOW) == 0
        assert prune(connection, NOW + timedelta(days=2, hours=10), most=2) == 2
    with engine.begin() as connection:
        assert prune(connection, NOW + timedelta(days=2, hours=10)) > 2
    with store.begin() as tx:
        release(tx, tx.lock(RESERVATIONS, {(old.action_id, 1)}).items())
    assert windows(engine) == {("tenant:hour", kept[2]): 3}


def test_pruning_waits_for_nobody(engine: Engine) -> None:
    store = PostgresStore(engine)
    window = (ACME, "tenant:hour", NOW)
    with store.begin() as tx:
        tx.save(LIMITS, {window: LimitRow(*window, used=3)})
    with store.begin() as tx:
        tx.lock(LIMITS, {window})
        with engine.begin() as connection:
            assert prune(connection, NOW + timedelta(days=9)) == 0


def test_a_window_holds_more_than_32_bits(engine: Engine) -> None:
    settings = TENANT.model_copy(update={"budgets": {"*": DayBudget(money=10**12)}})
    [large] = proposals(1, random.Random(3))
    large = large.model_copy(update={"params": {"item": 1, "amount": 10**12 - 1}})
    store = PostgresStore(engine)
    own = stage(replace(SETTINGS, tenants={ACME: settings}))
    [assessed] = assess(store, own, records([large]))
    assert assessed.limits["reserved"]
    key = (large.action_id, 1)
    with store.begin() as tx:
        row = tx.lock(RESERVATIONS, {key})[key]
    assert Taken("budget:money:day", NOW.replace(hour=0, minute=0), 10**15 - 1000) in row.windows
    assert row.tenant_id == TenantId("acme")


def test_windows_are_found_by_their_key_before_there_are_statistics(engine: Engine) -> None:
    """The planner once took the index that pruning needs, and read a whole hour for each key."""
    assess(PostgresStore(engine), stage(), records(proposals(500, random.Random(5))))
    with PostgresStore(engine).begin() as tx:
        statement = text(
            "SELECT tenant_id, scope, window_start FROM limits WHERE used > 0 LIMIT 200"
        )
        keys = tx.connection.execute(statement).all()
        table = row_table(LIMITS)
        rows = [LimitRow(TenantId(tenant), scope, at, used=5) for tenant, scope, at in keys]
        for made, columns in (
            (table.lock, table.key),
            (table.update(("used",)), (*table.key, "used")),
        ):
            explain = text(f"EXPLAIN {made.text if isinstance(made, TextClause) else made}")
            plan = tx.connection.execute(explain, table.arrays(rows, columns)).scalars().all()
            assert any("Index Scan using limits_pkey" in line for line in plan), plan
