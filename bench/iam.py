"""`python -m bench.iam`: what a permission whose answer is kept adds to assessing an action.

Needs no service. CPU microseconds an action, at the median of many batches of 500: asking alone
(`prepare`), and the whole stage on an in-memory store with and without an IAM.
"""

import gc
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from interlock.iam import NO_IAM, Asker
from interlock.iam.asker import IamAsker
from interlock.iam.cache import AnswerCache
from interlock.iam.wire import Answer, Asked
from interlock.settings import Settings
from interlock.stages import AssessStage
from processors.snapshot import Snapshot
from schemas.codec import encode
from schemas.events import Drafted, UserContext
from schemas.identity import action_id, output_id, params_hash
from schemas.names import EventId, RiskLevel, TenantId, Topic
from schemas.records import Coordinates, Record
from schemas.settings import PluginSpec
from streams.memory import MemoryStore
from streams.outcomes import decide_batch

ACTIONS = 500
ROUNDS = 60
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TENANT = TenantId("acme")


class AllowsAll:
    """An IAM next door."""

    def ask(self, questions: Sequence[Asked]) -> list[Answer]:
        return [
            Answer(
                question_id=asked.id,
                tenant_id=asked.question.tenant_id,
                decision="allow",
                reason="the role clerk may",
                policy="role:clerk",
            )
            for asked in questions
        ]


def records() -> list[Record]:
    """One user's notes."""
    drafted = Drafted(
        sequence=1,
        action_id=action_id(TENANT, "response", "r", 0),
        revision=1,
        tenant_id=TENANT,
        trace_id="0af7651916cd43dd8448eb211c80319c",
        action_type="note",
        tool="note",
        tool_version="1.0.0",
        params={},
        params_hash=params_hash("note", "1.0.0", {}),
        user_ctx=UserContext(user_id="ana@example.com", roles=["clerk", "analyst"]),
    )
    value = encode(drafted)
    return [
        Record(
            Coordinates(Topic.DRAFTED.value, 0, offset),
            TENANT.encode(),
            value,
            (("ce_id", output_id("bench", EventId(str(offset)), Topic.DRAFTED, 0).encode()),),
        )
        for offset in range(ACTIONS)
    ]


def stage(asker: Asker, *permissions: str) -> AssessStage:
    plugin = PluginSpec(
        tool="note",
        version="1.0.0",
        parameters={},
        risk_label=RiskLevel.LOW,
        permissions=list(permissions),
    )
    snapshot = Snapshot(version=1, plugins={"note": plugin})
    settings = Settings()
    return AssessStage(lambda: snapshot, settings.tenant_defaults(), True, 120, asker)


def main() -> None:
    batch = records()
    kept = IamAsker(AllowsAll(), AnswerCache(3_600.0))
    stages = {"no IAM": stage(NO_IAM), "answers kept": stage(kept, "notes:write")}
    asking: dict[str, list[float]] = {name: [] for name in stages}
    whole: dict[str, list[float]] = {name: [] for name in stages}
    gc.disable()
    for _ in range(ROUNDS):
        for name, one in stages.items():
            inputs = [one.read(record) for record in batch]
            started = time.thread_time()
            one.prepare(inputs)
            asked = time.thread_time()
            decide_batch(MemoryStore(), one, batch, NOW)
            asking[name].append((asked - started) / ACTIONS * 1e6)
            whole[name].append((time.thread_time() - asked) / ACTIONS * 1e6)
        gc.collect()
    for name in stages:
        print(
            f"{name:<14} prepare {statistics.median(asking[name]):6.2f} µs"
            f"   whole stage {statistics.median(whole[name]):7.1f} µs an action"
        )


if __name__ == "__main__":
    main()
