"""Approved actions on a real ledger, and owners who claim them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, RowMapping, text

from launch import wait_until
from processors.effects import Answered, CallOutcome, ClaimSettings, check_claim, result_of
from processors.snapshot import Snapshot
from schemas.codec import decode_as
from schemas.events import Approved, EffectReport
from schemas.identity import params_hash
from schemas.ledger import ClaimAnswer, Claimed, ClaimFacts, EffectKey, EffectState, Result
from schemas.names import Verdict
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from schemas.working import (
    APPROVALS,
    LIMITS,
    RESERVATIONS,
    ApprovalRow,
    Gate,
    LimitKey,
    LimitRow,
    ReservationRow,
    ReservationState,
    Taken,
)
from state.engine import stage_engine
from state.ledger import PostgresLedger
from state.ownership import Owner
from state.store import PostgresStore
from tests.stories import ACME, Story

HOUR = datetime(2026, 3, 1, 9, tzinfo=UTC)
WINDOWS: tuple[LimitKey, LimitKey] = (
    (ACME, "tenant:hour", HOUR),
    (ACME, "tenant:day", HOUR.replace(hour=0)),
)


def key_of(action: Approved) -> EffectKey:
    return action.action_id, action.revision


def done(claimed: Claimed, outcome: CallOutcome | None = None) -> Result:
    """How the call of `claimed` ended; by default well."""
    now = datetime.now(UTC)
    return result_of(claimed, outcome or Answered({"ok": True}), now, now)


class Worker:
    """A ledger with an owner of its own, as one execute process has."""

    def __init__(self, scene: "Scene", name: str) -> None:
        self.name = name
        self.owner = Owner(scene.url, name)
        self.ledger = PostgresLedger(scene.alone, self.owner, dead_after_s=0)
        self._scene = scene

    def claim(self, most: int = 100, full: tuple[str, ...] = ()) -> list[Claimed]:
        """Claim by the rules there are."""
        return self.ledger.claim(most, full, self._scene.check)

    def take_over(self, *held: Claimed) -> list[Claimed]:
        return self.ledger.take_over(self._scene.plugins, [item.key for item in held])

    def die(self) -> None:
        """The session ends, on the server too; nothing is given back."""
        self.owner.close()
        wait_until(lambda: self._scene.sessions(self) == 0, 5, "the session to end")


@dataclass
class Scene:
    """A ledger, what approve and assess wrote beside it, and the settings of a claim."""

    url: str
    engine: Engine
    alone: Engine
    """Commits each statement by itself, as the ledger's engine does."""
    plugins: dict[str, PluginSpec] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    _count: int = 0

    def worker(self) -> Worker:
        self.workers.append(Worker(self, f"owner-{len(self.workers)}"))
        return self.workers[-1]

    def check(self, action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        """The rules of `processors.effects` on settings that allow everything."""
        settings = settings_of(self.plugins, action.action_type)
        return check_claim(action, facts, ClaimSettings(settings, True, True))

    def approved(
        self, tool: str = "create_task", revision: int = 1, origin: str | None = None
    ) -> Approved:
        """An action that may run: its approval stands, and it has a place in the limits."""
        self._count += 1
        story = Story(origin=origin or f"response-{self._count}")
        drafted = story.drafted(revision).model_copy(update={"tool": tool, "tool_version": "1.0"})
        action = story.approved(story.assessed(drafted, Verdict.AUTO_APPROVE), by=[])
        hashed = params_hash(action.tool, action.tool_version, action.params)
        action = action.model_copy(update={"params_hash": hashed})
        self.plugins.setdefault(
            tool, PluginSpec(tool=tool, version="1.0", parameters={}, idempotent=True)
        )
        key = key_of(action)
        with PostgresStore(self.engine).begin() as tx:
            windows = tx.lock(LIMITS, set(WINDOWS))
            tx.save(LIMITS, {k: replace(row, used=row.used + 1) for k, row in windows.items()})
            tx.save(
                RESERVATIONS,
                {
                    key: ReservationRow(
                        *key,
                        ACME,
                        ReservationState.RESERVED,
                        tuple(Taken(scope, start, 1) for _, scope, start in WINDOWS),
                    )
                },
            )
            tx.save(
                APPROVALS,
                {
                    key: ApprovalRow(
                        *key,
                        tenant_id=ACME,
                        gate=Gate.AUTO_APPROVED,
                        params_hash=action.params_hash,
                        valid_until=datetime.now(UTC) + timedelta(hours=1),
                    )
                },
            )
        return action

    def queued(self, *actions: Approved) -> list[Approved]:
        """Accepted actions; one of its own making without arguments."""
        accepted = list(actions or [self.approved()])
        ledger = PostgresLedger(self.alone, Owner(self.url, "accept"))
        ledger.accept(accepted, datetime.now(UTC))
        return accepted

    def plugin(self, tool: str, **changes: Any) -> None:
        """Change what the catalog says of a tool."""
        self.plugins[tool] = self.plugins[tool].model_copy(update=changes)

    # --- what stands in the tables ---------------------------------------------------------

    def effect(self, action: Approved) -> RowMapping:
        [row] = self._rows(
            "SELECT *, not_before > now() AS waits FROM effects "
            "WHERE action_id = CAST(:action AS uuid) AND revision = :revision",
            action=action.action_id,
            revision=action.revision,
        )
        return row

    def state(self, action: Approved) -> EffectState:
        return EffectState(self.effect(action)["state"])

    def states(self) -> list[EffectState]:
        return [EffectState(row["state"]) for row in self._rows("SELECT state FROM effects")]

    def approval(self, action: Approved) -> ApprovalRow:
        with PostgresStore(self.engine).begin() as tx:
            return tx.lock(APPROVALS, {key_of(action)})[key_of(action)]

    def change_approval(self, action: Approved, **changes: Any) -> None:
        key = key_of(action)
        with PostgresStore(self.engine).begin() as tx:
            tx.save(APPROVALS, {key: replace(tx.lock(APPROVALS, {key})[key], **changes)})

    def reservation(self, action: Approved) -> ReservationRow:
        with PostgresStore(self.engine).begin() as tx:
            return tx.lock(RESERVATIONS, {key_of(action)})[key_of(action)]

    def used(self) -> list[int]:
        """Places taken in the hour and in the day."""
        with PostgresStore(self.engine).begin() as tx:
            rows: Mapping[LimitKey, LimitRow] = tx.lock(LIMITS, set(WINDOWS))
            return [rows[window].used for window in WINDOWS]

    def told(self, action: Approved) -> list[tuple[int, str | None]]:
        """(step, how it ended or None for `executing`) of every report, as inserted."""
        rows = self._rows(
            "SELECT step, report FROM effect_reports WHERE action_id = CAST(:action AS uuid) "
            "AND revision = :revision ORDER BY id",
            action=action.action_id,
            revision=action.revision,
        )
        found: list[tuple[int, str | None]] = []
        for row in rows:
            report = decode_as(EffectReport, bytes(row["report"]))
            assert report.step == row["step"]
            ending = report.ending
            reason = ending.failure_reason if ending else None
            found.append(
                (report.step, reason.code if reason else ending.status.value if ending else None)
            )
        return found

    def kill_session(self, worker: Worker) -> int:
        """The server ends the owner's session; how many there were."""
        return len(
            self._rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = :name",
                name=worker.name,
            )
        )

    def sessions(self, worker: Worker) -> int:
        return len(
            self._rows(
                "SELECT pid FROM pg_stat_activity WHERE application_name = :name", name=worker.name
            )
        )

    def wait_until_blocked(self) -> None:
        """Until somebody waits for somebody else's lock."""
        wait_until(
            lambda: self._rows(
                "SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ),
            5,
            "a session that waits for a lock",
        )

    def execute(self, statement: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def _rows(self, statement: str, **values: object) -> list[RowMapping]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values).mappings())


@contextmanager
def opened(url: str) -> Iterator[Scene]:
    """A scene on a migrated database; its sessions are closed afterwards."""
    engine = stage_engine(url, "scene", pool_size=4)
    alone = stage_engine(url, "ledger", pool_size=3, autocommit=True)
    scene = Scene(url, engine, alone)
    try:
        yield scene
    finally:
        for worker in scene.workers:
            worker.owner.close()
        engine.dispose()
        alone.dispose()


def settings_of(plugins: Mapping[str, PluginSpec], action_type: str) -> Snapshot:
    """Settings under which the action type runs by itself."""
    definition = ActionDefinition(
        action_type=action_type, name="any", requires_approval=False, tools=list(plugins)
    )
    return Snapshot(
        tenants={ACME: TenantSettings(automation_enabled=True, approval_required=False)},
        definitions={action_type: definition},
        plugins=plugins,
    )
