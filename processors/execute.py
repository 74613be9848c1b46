"""Execute's settling core: what the ledger reports becomes events, each once."""

from datetime import datetime

from processors.transitions import changed, transition
from schemas.continuation import continued
from schemas.events import EffectReport, Executed
from schemas.names import Topic
from schemas.output import Output
from schemas.sequence import Rank, sequence
from schemas.states import State


def process(report: EffectReport, now: datetime) -> list[Output]:
    """`executing` on the state topic while the call is under way, then `actions.executed`.

    How an execution ended is for `observe` to say.
    """
    action = report.action
    if report.ending is None:
        change = transition(
            action,
            State.EXECUTING,
            Rank.EXECUTE,
            report.at,
            step=report.step,
            previous=State(action.approval.state.value),
            approval=action.approval.state,
            risk=action.impact.risk_level,
        )
        return [changed(change)]
    place = sequence(action.revision, Rank.EXECUTE, report.step)
    executed = continued(Executed, action, place, **vars(report.ending))
    return [Output(Topic.EXECUTED, executed.tenant_id, executed)]
