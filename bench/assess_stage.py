"""The stage that assesses, alone on a real PostgreSQL: records are read, decided, recorded and made
into what would be written to Kafka. One core of Python, one connection.

    .venv/bin/python -m bench.assess_stage [--actions N] [--batch N] [--pairs N] [--profile]

`floor` is the same statements with the same values, ready made, on a fresh database in the same
run: what the database takes, and nothing of ours. Medians of `pairs`; `cpu` is this process's own.

plain     an action that names no session, agent, resource or size: the tenant's hour and day, and
          its trace; three windows an action
shipped   what a tenant has without saying so: its hour and day, the trace, the session, the agent
          and a resource; six windows an action
every     a window of every kind: nineteen an action
"""

import argparse
import cProfile
import gc
import pstats
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from bench.figure import figure, note, show
from interlock.iam import NO_IAM
from interlock.stages import AssessStage
from processors.snapshot import Snapshot
from schemas.events import Drafted
from schemas.identity import action_id, params_hash
from schemas.limits import DayBudget, WindowLimits
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel, SafetyMode, TenantId
from schemas.records import Record
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from state.copying import copy_in
from state.engine import stage_engine
from state.local_postgres import LocalPostgres
from state.migrate import migrate
from state.store import PostgresStore
from streams.outcomes import decide_batch
from tests.databases import new_database
from tests.proposals import records

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
TENANTS = [TenantId(f"tenant-{number}") for number in range(24)]
TYPE = "send_payment"
PLENTY = 10**9
SHIPPED = TenantSettings(
    automation_enabled=True,
    approval_required=False,
    auto_approval_threshold=0.1,
    canary_percentage=1.0,
    safety_mode=SafetyMode.PERMISSIVE,
    preapproved_action_types=[TYPE],
    max_actions_per_hour=PLENTY,
    max_actions_per_day=PLENTY,
)
_BOTH = WindowLimits(hour=PLENTY, day=PLENTY)
_BUDGET = DayBudget(money=PLENTY, recipients=PLENTY, units=PLENTY)
EVERY = SHIPPED.model_copy(
    update={
        "type_limits": {TYPE: _BOTH},
        "category_limits": {"general": _BOTH},
        "plugin_limits": {TYPE: _BOTH},
        "budgets": {"*": _BUDGET, TYPE: _BUDGET},
        "max_actions_per_agent": PLENTY,
        "max_actions_per_session": PLENTY,
    }
)
SHAPES = {"plain": SHIPPED, "shipped": SHIPPED, "every": EVERY}


def settings(name: str) -> Snapshot:
    tenant, plain = SHAPES[name], name == "plain"
    places = {
        MagnitudeKind.AMOUNT: "/importe",
        MagnitudeKind.RECIPIENTS: "/para",
        MagnitudeKind.QUANTITY: "/unidades",
    }
    definition = ActionDefinition(
        action_type=TYPE,
        name=TYPE,
        requires_approval=False,
        impact_level=RiskLevel.LOW,
        reversible="yes",
        resources=[] if plain else ["account:{cuenta}"],
        magnitudes=[]
        if plain
        else [
            Magnitude(
                kind=kind, pointer=at, levels={RiskLevel.HIGH: PLENTY}, raises_to=RiskLevel.LOW
            )
            for kind, at in places.items()
        ],
        tools=[TYPE],
    )
    every = tenant is EVERY
    plugin = PluginSpec(
        tool=TYPE,
        version="1.0.0",
        parameters={},
        risk_label=RiskLevel.LOW,
        max_calls_per_minute=PLENTY if every else None,
    )
    return Snapshot(
        version=1,
        tenants=dict.fromkeys(TENANTS, tenant),
        definitions={TYPE: definition},
        plugins={TYPE: plugin},
    )


def proposal(number: int, rng: random.Random, plain: bool) -> Drafted:
    tenant = TENANTS[number % len(TENANTS)]
    params: dict[str, Any] = {
        "concepto": f"Factura {number} del cuarto trimestre",
        "cuenta": f"C-{number}",
        "importe": f"{rng.randrange(1, 900)},25 €",
        "para": "ana",
        "unidades": 3,
    }
    return Drafted(
        sequence=1,
        action_id=action_id(tenant, "response", f"r-{number}", 0),
        revision=1,
        tenant_id=tenant,
        trace_id=f"{rng.randrange(1, 16**32):032x}",
        action_type=TYPE,
        tool=TYPE,
        tool_version="1.0.0",
        params=params,
        params_hash=params_hash(TYPE, "1.0.0", params),
        response_id=f"r-{number}",
        confidence=0.95,
        context={}
        if plain
        else {"agent_id": f"agent-{number % 7}", "session_id": f"s-{number // 4}"},
    )


def batches(name: str, actions: int, size: int) -> list[list[Record]]:
    rng = random.Random(7)
    made = records([proposal(number, rng, name == "plain") for number in range(actions)])
    return [made[start : start + size] for start in range(0, actions, size)]


Work = Callable[[], object]


def stage_work(engine: Engine, name: str, load: list[list[Record]]) -> None:
    snapshot = settings(name)
    store = PostgresStore(engine)
    stage = AssessStage(lambda: snapshot, TenantSettings(), True, 120, NO_IAM)
    for batch in load:
        decide_batch(store, stage, batch, NOW)


def taped(engine: Engine, work: Work) -> list[Callable[[Engine], None]]:
    """Run the work, and keep each transaction's statements as they went to the server."""
    tape: list[list[tuple[str, tuple[Any, ...]]]] = [[]]

    def executed(_c: Any, cursor: Any, *_: Any) -> None:
        tape[-1].append(("sql", (cursor.query,)))

    def copied(_c: Any, table: str, columns: Any, rows: Any) -> None:
        kept = list(rows)
        tape[-1].append(("copy", (table, columns, kept)))
        copy_in(_c, table, columns, kept)

    event.listen(engine, "after_cursor_execute", executed)
    event.listen(engine, "commit", lambda _: tape.append([]))
    with patch("state.store.copy_in", copied):
        work()
    return [partial(_replay, steps) for steps in tape if steps]


def _replay(steps: list[tuple[str, tuple[Any, ...]]], engine: Engine) -> None:
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor:
            for kind, given in steps:
                if kind == "sql":
                    cursor.execute(given[0])
                    if cursor.description is not None:
                        cursor.fetchall()
                else:
                    copy_in(connection, *given)


@contextmanager
def fresh(server: str, template: str) -> Iterator[Engine]:
    with new_database(server, template) as url:
        engine = stage_engine(url, "bench", pool_size=1)
        try:
            yield engine
        finally:
            engine.dispose()


def timed(work: Work) -> tuple[float, float]:
    """Seconds on the wall, and of this process's CPU."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def measure(server: str, template: str, name: str, options: argparse.Namespace) -> None:
    load = batches(name, options.actions, options.batch)
    runs: dict[str, list[tuple[float, float]]] = {"stage": [], "floor": []}
    with fresh(server, template) as engine:
        tape = taped(engine, lambda: stage_work(engine, name, load))
        with engine.connect() as connection:
            wanted = connection.exec_driver_sql("SELECT count(*), sum(used) FROM limits").one()
    for _ in range(options.pairs):
        with fresh(server, template) as engine:
            runs["stage"].append(timed(partial(stage_work, engine, name, load)))
        with fresh(server, template) as engine:
            runs["floor"].append(timed(lambda engine=engine: [step(engine) for step in tape]))  # type: ignore[misc]
            with engine.connect() as connection:
                found = connection.exec_driver_sql("SELECT count(*), sum(used) FROM limits").one()
            assert found == wanted, "the floor is not the same work"
    for which, seconds in runs.items():
        pairs = zip(seconds, runs["floor"], strict=True)
        show(
            figure(
                f"assess_{name}_{which}",
                options.actions / statistics.median(wall for wall, _ in seconds),
                "actions/s",
                ratio=statistics.median(floor[0] / wall for (wall, _), floor in pairs),
                cpu_us=statistics.median(cpu for _, cpu in seconds) / options.actions * 1e6,
                windows=wanted[0] / options.actions,
                n=options.actions,
                batch=options.batch,
                runs=[options.actions / wall for wall, _ in seconds],
            )
        )
    if options.profile:
        profile = cProfile.Profile()
        with fresh(server, template) as engine:
            profile.runcall(stage_work, engine, name, load)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.assess_stage",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--actions", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", choices=SHAPES)
    parser.add_argument("--profile", action="store_true", help="the stage's Python, by cProfile")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="interlock-assess-"))
    postgres = LocalPostgres(folder)
    note(f"PostgreSQL in {folder}")
    postgres.start()
    # As `interlock.processes` sets it for a stage.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        with new_database(postgres.url()) as url:
            engine = create_engine(url, poolclass=NullPool)
            migrate(engine)
            template = str(engine.url.database)
            for name in [options.only] if options.only else SHAPES:
                measure(postgres.url(), template, name, options)
    finally:
        postgres.remove()


if __name__ == "__main__":
    main()
