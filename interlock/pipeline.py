"""The chain, as a table: which core stands between which topics.

    llm.responses → draft → actions.drafted → assess → actions.assessed → approve →
    actions.approved → execute → actions.executed → observe → react.action.state.changed

Every stage also writes `react.action.state.changed`; execute is an accepting loop, a runner
and a reporter around the effects ledger, and `settle`, an ordinary stage, behind them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType

import processors.approve
import processors.assess
import processors.draft
import processors.execute
import processors.observe
from interlock.iam import Asker
from interlock.settings import Settings
from interlock.stages import ApproveStage, AssessStage, DraftStage, ObserveStage, SettleStage
from processors.snapshot import Snapshot
from schemas.names import Topic
from streams.stage import Stage

Feed = Callable[[], Snapshot]
Proven = Callable[[], bool]
"""Whether what the feed gives was the newest a moment ago."""


@dataclass(frozen=True)
class Hop:
    """One stage: what it reads, the module with its pure `process`, what it writes."""

    reads: tuple[Topic, ...]
    core: ModuleType
    writes: tuple[Topic, ...]
    build: Callable[[Settings, Feed, Proven, Asker], Stage]
    asks: bool = False
    """Whether it asks the IAM."""


PIPELINE: Mapping[str, Hop] = {
    "draft": Hop(
        (Topic.RESPONSES,),
        processors.draft,
        (Topic.DRAFTED, Topic.STATE_CHANGED),
        lambda settings, feed, proven, asker: DraftStage(feed, settings.tenant_defaults()),
    ),
    "assess": Hop(
        (Topic.DRAFTED,),
        processors.assess,
        (Topic.ASSESSED, Topic.STATE_CHANGED),
        lambda settings, feed, proven, asker: AssessStage(
            feed,
            settings.tenant_defaults(),
            settings.action_system_enabled,
            settings.approval_sla_s,
            asker,
        ),
        asks=True,
    ),
    "approve": Hop(
        (Topic.ASSESSED, Topic.DECISIONS, Topic.EXECUTED),
        processors.approve,
        (Topic.APPROVED, Topic.DRAFTED, Topic.STATE_CHANGED),
        lambda settings, feed, proven, asker: ApproveStage(
            feed, timedelta(seconds=settings.approval_validity_s), proven
        ),
    ),
    "settle": Hop(
        (Topic.REPORTS,),
        processors.execute,
        (Topic.EXECUTED, Topic.STATE_CHANGED),
        lambda settings, feed, proven, asker: SettleStage(),
    ),
    "observe": Hop(
        (Topic.EXECUTED,),
        processors.observe,
        (Topic.STATE_CHANGED,),
        lambda settings, feed, proven, asker: ObserveStage(feed),
    ),
}
