"""Whether there is a tool that can do it, for this tenant, as it was drafted or by a candidate."""

from processors.capability import MISSING, Lack
from processors.checks.case import Case, Check
from processors.sensitive import uncleared
from schemas.events import Reason
from schemas.names import Verdict


def _lacks(case: Case, what: Lack) -> bool:
    return what in case.lacks


def _why_not_cleared(case: Case) -> str:
    assert case.plugin is not None
    labels = ", ".join(uncleared(case.action.labels, case.plugin))
    return f"its parameters hold what the tool does not accept: {labels}"


CAPABILITY: tuple[Check, ...] = (
    (
        "trace_missing",
        Verdict.HALT,
        lambda c: c.action.trace_id is None,
        "no trace id: what led to this cannot be followed",
    ),
    (
        Lack.UNKNOWN.value,
        Verdict.HALT,
        lambda c: _lacks(c, Lack.UNKNOWN),
        "no plugin of the catalog serves this tool",
    ),
    (
        Lack.VERSION_GONE.value,
        Verdict.HALT,
        lambda c: _lacks(c, Lack.VERSION_GONE),
        "the catalog no longer has the version this was drafted for",
    ),
    (
        Lack.NOT_ENTITLED.value,
        Verdict.HALT,
        lambda c: _lacks(c, Lack.NOT_ENTITLED),
        "the tenant may not use this tool",
    ),
    (
        Lack.NOT_CLEARED.value,
        Verdict.NEEDS_APPROVAL,
        lambda c: _lacks(c, Lack.NOT_CLEARED),
        _why_not_cleared,
    ),
    (
        MISSING,
        Verdict.NEEDS_INFORMATION,
        lambda c: bool(c.missing),
        "the tool needs what was not given",
    ),
)

LEFT_TO_A_PERSON = frozenset({Lack.UNKNOWN.value, Lack.VERSION_GONE.value, Lack.NOT_ENTITLED.value})
"""What halts for want of a tool: somebody may do it by hand."""

_MOST_NAMED = 10


def with_pointers(case: Case, reason: Reason) -> Reason:
    """The reason, saying what is missing where something is."""
    if reason.code != MISSING:
        return reason
    named = ", ".join(error.pointer for error in case.missing[:_MOST_NAMED])
    more = ", …" if len(case.missing) > _MOST_NAMED else ""
    return reason.model_copy(update={"text": f"{reason.text}: {named}{more}"})
