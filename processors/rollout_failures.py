"""Whether a staged rollout is to be held for its failures: counts of recent executions, and a
pure rule over them.

What counts is what ran on nobody's word, by action type: that is what a rollout lets happen. An
outcome nobody knows counts as a failure; what was skipped did not run. Time is told by the
executions themselves, so the same log always gives the same answer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from processors.rollout import held, names_of, reached
from processors.snapshot import Snapshot
from schemas.events import Executed
from schemas.names import ExecutionStatus
from schemas.rollout import HoldRule, RolloutHold
from schemas.states import ApprovalState

BUCKET_S = 10
"""Executions are counted together by so many seconds: memory is bounded by the window."""
_RAN = (ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED, ExecutionStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Tally:
    """Executions of one action type."""

    succeeded: int = 0
    failed: int = 0

    @property
    def all(self) -> int:
        return self.succeeded + self.failed


@dataclass(slots=True)
class Recent:
    """Executions of the last `length_s` seconds, counted by bucket, type and whether it succeeded;
    the last second is that of the newest execution."""

    length_s: int
    newest: datetime | None = None
    _counts: dict[int, Counter[tuple[str, bool]]] = field(default_factory=dict)

    def add(self, executed: Executed, now: datetime) -> None:
        """
        Args:
            now: a clock that runs ahead of it moves no window.
        """
        if (
            executed.status not in _RAN
            or executed.approval.state is not ApprovalState.AUTO_APPROVED
        ):
            return
        at = min(executed.finished_at, now)
        if self.newest is None or at > self.newest:
            self.newest = at
            oldest = _bucket(at) - self.length_s // BUCKET_S
            for bucket in [bucket for bucket in self._counts if bucket < oldest]:
                del self._counts[bucket]
        well = executed.status is ExecutionStatus.SUCCEEDED
        self._counts.setdefault(_bucket(at), Counter())[executed.action_type, well] += 1

    def tallies(self, window_s: int, since: datetime | None = None) -> dict[str, Tally]:
        """By action type, of the window's buckets that began after `since`."""
        if self.newest is None:
            return {}
        first = _bucket(self.newest) - window_s // BUCKET_S
        if since is not None:
            first = max(first, _bucket(since) + 1)
        counts: Counter[tuple[str, bool]] = Counter()
        for bucket, counted in self._counts.items():
            if bucket >= first:
                counts.update(counted)
        types = {action_type for action_type, _ in counts}
        return {name: Tally(counts[name, True], counts[name, False]) for name in types}


def reason_to_hold(rule: HoldRule, tallies: Mapping[str, Tally]) -> str | None:
    """Which types fail too often, as a sentence; None: none does."""
    failing = [
        f"{action_type[:100]}: {tally.failed} of {tally.all} failed"
        for action_type, tally in sorted(tallies.items())
        if tally.all >= rule.least and tally.failed > rule.failure_rate * tally.all
    ]
    if not failing:
        return None
    more = f" and {len(failing) - 3} types more" if len(failing) > 3 else ""
    return f"within {rule.window_s} s {'; '.join(failing[:3])}{more}"


def holds_due(settings: Snapshot, recent: Recent) -> Iterator[tuple[str, RolloutHold]]:
    """Plans that are to be held by now, each with its record. One that is held already is not
    among them; one whose hold was lifted is judged by what ended since."""
    now = recent.newest
    if now is None:
        return
    for name, plan in settings.rollouts.items():
        if held(settings, name):
            continue
        lifted = settings.rollout_holds.get(name)
        tallies = recent.tallies(plan.hold.window_s, None if lifted is None else lifted.since)
        steps = plan.rollout[: reached(settings, name, now)]
        named = {type_name for step in steps for type_name in step.types}
        under_it = {t: n for t, n in tallies.items() if not named.isdisjoint(names_of(settings, t))}
        reason = reason_to_hold(plan.hold, under_it)
        if reason is not None:
            yield name, RolloutHold(reason=reason, since=now)


def _bucket(at: datetime) -> int:
    return int(at.timestamp()) // BUCKET_S
