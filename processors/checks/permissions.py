"""Whether whoever asks for it may have it done, and how often: what the IAM said.

It was asked before, outside any transaction (`interlock.iam`); here its answer is only judged.
"""

from processors.checks.case import Case, Check
from processors.permission import PermissionState
from schemas.names import Verdict


def _unanswered(case: Case) -> bool:
    """Nobody answered, or not about all that the tool asks for by now."""
    permission = case.facts.permission
    if permission.state is PermissionState.UNAVAILABLE:
        return True
    if permission.state is PermissionState.DENIED or case.plugin is None:
        return False
    return not permission.covers(case.plugin.permissions)


def _over_rate(case: Case) -> bool:
    permission = case.facts.permission
    rate = permission.rate
    return permission.state is PermissionState.ALLOWED and rate is not None and not rate.granted


PERMISSIONS: tuple[Check, ...] = (
    (
        "iam_denied",
        Verdict.DENY,
        lambda c: c.facts.permission.state is PermissionState.DENIED,
        "the permission service does not allow it",
    ),
    (
        "iam_unavailable",
        Verdict.NEEDS_APPROVAL,
        _unanswered,
        "the permission service gave no answer that counts",
    ),
    (
        "iam_rate",
        Verdict.NEEDS_APPROVAL,
        _over_rate,
        "a rate policy of the permission service has no room for it",
    ),
)
