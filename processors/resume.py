"""A halted action goes on: a person supplies the trace it came without.

The halted revision ends `superseded`; the next one is drafted with the trace and assessed like
any other, and always needs a person: its trace is one's word. Nothing is carried over but what
was proposed.
"""

from datetime import datetime

from processors.labels import RESUMED
from processors.trace import trace_id
from schemas.events import Assessed, Decision, Drafted
from schemas.sequence import Rank, sequence


def supplied_trace(decision: Decision) -> str | None:
    """`params.trace_id` of a `resolve`, as `trace_id` reads it."""
    given = (decision.params or {}).get("trace_id")
    return trace_id(given) if isinstance(given, str) else None


def resumed(halted: Assessed, trace: str, now: datetime) -> Drafted:
    """The next revision of a halted action."""
    carried = {name: getattr(halted, name) for name in Drafted.model_fields}
    following = halted.revision + 1
    return Drafted(
        **{
            **carried,
            "sequence": sequence(following, Rank.DRAFT),
            "revision": following,
            "trace_id": trace,
            "labels": [*halted.labels, RESUMED],
            "drafted_at": now,
        }
    )
