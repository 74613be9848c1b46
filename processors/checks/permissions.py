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


def _denied(case: Case) -> str:
    return f"the permission service does not allow it: {case.facts.permission.reason}"


def _why_unanswered(case: Case) -> str:
    permission = case.facts.permission
    asked = permission.state is PermissionState.UNAVAILABLE
    why = permission.reason if asked else "not asked about all that the tool needs"
    return f"the permission service gave no answer that counts: {why}"


def _what_rate(case: Case) -> str:
    rate = case.facts.permission.rate
    assert rate is not None
    return f"the rate policy {rate.policy} ({rate.limit} in {rate.window_s} s) has no room for it"


PERMISSIONS: tuple[Check, ...] = (
    (
        "iam_denied",
        Verdict.DENY,
        lambda c: c.facts.permission.state is PermissionState.DENIED,
        _denied,
    ),
    ("iam_unavailable", Verdict.NEEDS_APPROVAL, _unanswered, _why_unanswered),
    ("iam_rate", Verdict.NEEDS_APPROVAL, _over_rate, _what_rate),
)
