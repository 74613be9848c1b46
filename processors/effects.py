"""Effects: whether an approved action may be called now, and what an answer means.

Both are tables of rules without I/O; the ledger (`state.ledger`) applies them inside its
transactions, the runner (`interlock.effects.runner`) around its calls.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson
from pydantic import JsonValue

from processors.rollout import any_held, outside
from processors.sensitive import sensitive_texts, unquoted
from processors.snapshot import Snapshot
from schemas.events import Approved, CallMetrics, Ending, FailureReason, Reason
from schemas.identity import params_hash
from schemas.ledger import ClaimAnswer, Claimed, ClaimFacts, Defer, EffectState, Go, Result, Skip
from schemas.names import ExecutionStatus
from schemas.settings import PluginSpec
from schemas.working import ApprovalRow, Gate, ReservationState


@dataclass(frozen=True, slots=True)
class ClaimSettings:
    """What this process knows at a claim; `fresh` says whether it knows it for certain."""

    settings: Snapshot
    system_enabled: bool
    fresh: bool
    """The control topic's end was asked for within the last second, and we stood there."""


@dataclass(frozen=True, slots=True)
class Claim:
    action: Approved
    facts: ClaimFacts
    process: ClaimSettings
    approval: ApprovalRow
    plugin: PluginSpec | None


APPROVALS = "agent-action-approval"
"""The flag without which nothing is approved automatically, and what people approve waits."""

Rule = tuple[str, Callable[[Claim], bool], str]

_RAN = (EffectState.DONE, EffectState.VERIFIED)
_MAY_RUN = (EffectState.INTENDED, EffectState.UNKNOWN)

DEFERRED: tuple[Rule, ...] = (
    (
        "settings_stale",
        lambda c: not c.process.fresh,
        "the control topic's end is not proven: a freeze may be on its way",
    ),
    ("system_disabled", lambda c: not c.process.system_enabled, "the action system is off"),
    (
        "approvals_held",
        lambda c: not c.process.settings.flag(APPROVALS),
        "the flag agent-action-approval is off: approvals wait until it is on again",
    ),
    (
        "frozen",
        lambda c: (
            c.process.settings.frozen(c.action.tenant_id, c.action.action_type, c.action.tool)
            is not None
        ),
        "a freeze covers this action",
    ),
    (
        "other_revision_open",
        lambda c: c.facts.other in _MAY_RUN,
        "another revision of this action is running, or may have run",
    ),
)
"""Rules that make a claim wait, looked at only when nothing refuses it."""

REFUSED: tuple[Rule, ...] = (
    (
        "approval_missing",
        lambda c: c.approval.gate not in (Gate.APPROVED, Gate.AUTO_APPROVED),
        "no approval of this revision stands",
    ),
    (
        "approval_foreign",
        lambda c: c.approval.tenant_id != c.action.tenant_id,
        "the approval is another tenant's",
    ),
    (
        "approval_consumed",
        lambda c: c.approval.consumed_at is not None,
        "the approval was used before",
    ),
    (
        "params_changed",
        lambda c: not _same_params(c),
        "the parameters are not those that were approved",
    ),
    (
        "approval_outlived",
        lambda c: c.approval.valid_until is None or c.facts.now > c.approval.valid_until,
        "the approval's time has passed",
    ),
    (
        "already_done",
        lambda c: c.facts.other in _RAN,
        "another revision of this action has run",
    ),
    (
        "type_inactive",
        lambda c: _definition_inactive(c),
        "this action type was switched off, or nothing defines it any more",
    ),
    (
        "approval_required",
        lambda c: _person_now_required(c),
        "a person has to decide this by now",
    ),
    ("automation_off", lambda c: _automation_off(c), "the tenant's automation was switched off"),
    (
        "outside_rollout",
        lambda c: _outside_rollout(c),
        "the staged rollout is held, or no longer reaches this action",
    ),
    (
        "type_not_allowed",
        lambda c: _type_not_allowed(c),
        "the tenant's settings no longer list this action type",
    ),
    (
        "tool_version_gone",
        lambda c: c.plugin is None or c.plugin.version != c.action.tool_version,
        "the catalog no longer has the version that was approved",
    ),
    (
        "tenant_not_entitled",
        lambda c: c.plugin is not None and not c.plugin.serves(c.action.tenant_id),
        "the tenant may no longer use this tool",
    ),
    (
        "reservation_missing",
        lambda c: (
            c.facts.reservation is None
            or c.facts.reservation.state
            not in (ReservationState.RESERVED, ReservationState.OVERRIDE)
        ),
        "the action has no place in the tenant's limits",
    ),
)
"""Rules that end an action `skipped`."""


def check_claim(action: Approved, facts: ClaimFacts, process: ClaimSettings) -> ClaimAnswer:
    """Whether the effect may happen now."""
    if not process.fresh:
        code, _, text = DEFERRED[0]
        return Defer(Reason(code=code, text=text))
    if facts.approval is None:
        return Skip(Reason(code="approval_missing", text="nobody approved this revision"))
    plugin = process.settings.plugin(action.tool, action.tool_version)
    claim = Claim(action, facts, process, facts.approval, plugin)
    for code, objects, text in REFUSED:
        if objects(claim):
            return Skip(Reason(code=code, text=text))
    for code, objects, text in DEFERRED:
        if objects(claim):
            return Defer(Reason(code=code, text=text))
    assert plugin is not None, "tool_version_gone refuses a missing plugin"
    return Go(plugin.within(action.strategy))


def _same_params(claim: Claim) -> bool:
    action = claim.action
    try:
        actual = params_hash(action.tool, action.tool_version, action.params)
    except ValueError:
        return False
    return actual == action.params_hash == claim.approval.params_hash


def _automation_off(claim: Claim) -> bool:
    """Only what ran on nobody's word needs the switch; a person's approval stands."""
    if claim.approval.gate is not Gate.AUTO_APPROVED:
        return False
    tenant = claim.process.settings.tenant(claim.action.tenant_id)
    return tenant is None or not tenant.automation_enabled


def _person_now_required(claim: Claim) -> bool:
    """What was approved by nobody stops when automatic approval is switched off."""
    if claim.approval.gate is not Gate.AUTO_APPROVED:
        return False
    settings = claim.process.settings
    tenant = settings.tenant(claim.action.tenant_id)
    return not settings.flag(APPROVALS) or (tenant is not None and tenant.approval_required)


def _outside_rollout(claim: Claim) -> bool:
    """A hold stops what nobody but the rollout let through; a person's approval stands."""
    if claim.approval.gate is not Gate.AUTO_APPROVED:
        return False
    settings, action = claim.process.settings, claim.action
    return any_held(settings) or outside(
        settings, action.tenant_id, action.action_type, claim.facts.now
    )


def _definition_inactive(claim: Claim) -> bool:
    definition = claim.process.settings.definition(claim.action.action_type)
    if definition is None:
        # A person may let an undefined type run; nobody else may.
        return claim.approval.gate is Gate.AUTO_APPROVED
    return not definition.is_active


def _type_not_allowed(claim: Claim) -> bool:
    tenant = claim.process.settings.tenant(claim.action.tenant_id)
    allowed = tenant.allowed_action_types if tenant else None
    return allowed is not None and claim.action.action_type not in allowed


# --- what an answer means ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """The plugin says it did it."""

    result: JsonValue


@dataclass(frozen=True, slots=True)
class Refused:
    """Definite: nothing happened."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may have happened: nobody knows, so nobody repeats it blindly."""

    code: str
    text: str


CallOutcome = Answered | Refused | Unclear

LARGEST_RESULT = 262_144
"""Bytes of JSON that travel on in events. They hold a result twice, and the action beside it."""

_UNCLEAR_4XX = frozenset({408, 409, 425, 429})
"""A timeout, a conflict with an earlier try, or "later": not a promise that nothing happened."""


def read_status(plugin: PluginSpec, status: int, body: JsonValue) -> CallOutcome:
    """What an HTTP answer of a plugin means. `body` is None where it was no JSON."""
    says_none = isinstance(body, dict) and body.get("effect") == "none"
    if 200 <= status < 300:
        if isinstance(body, dict) and "result" in body:
            return Answered(body["result"])
        return Unclear("answer_unreadable", f"status {status}, but no result in the body")
    if 400 <= status < 500 and status not in _UNCLEAR_4XX:
        return Refused(f"http_{status}", _detail(status, body))
    if status >= 500 and (plugin.no_effect_on_error or says_none):
        return Refused(f"http_{status}", _detail(status, body))
    return Unclear(f"http_{status}", _detail(status, body))


def _detail(status: int, body: JsonValue) -> str:
    if isinstance(body, dict):
        for name in ("detail", "title"):
            if isinstance(text := body.get(name), str):
                return text[:500]
    return f"the plugin answered {status}"


def result_of(claimed: Claimed, outcome: CallOutcome, started: datetime, now: datetime) -> Result:
    """The ledger's state and the event's ending for what a call brought."""
    match outcome:
        case Answered(result):
            return Result(
                claimed,
                EffectState.DONE,
                _ending(claimed, ExecutionStatus.SUCCEEDED, started, now, result=_kept(result)),
            )
        case Refused(code, text) if claimed.attempts > 1:
            # This try did nothing; an earlier one was never answered.
            text = f"an earlier attempt was not answered; the last one: {text}"
            return result_of(claimed, Unclear(code, text), started, now)
        case Refused(code, text):
            failure = FailureReason(code=code, text=_told(claimed, text))
            return Result(
                claimed,
                EffectState.FAILED,
                _ending(claimed, ExecutionStatus.FAILED, started, now, failure=failure),
            )
        case Unclear(code, text):
            failure = FailureReason(code=code, text=_told(claimed, text))
            return Result(
                claimed,
                EffectState.UNKNOWN,
                _ending(claimed, ExecutionStatus.UNKNOWN, started, now, failure=failure),
            )


def _told(claimed: Claimed, text: str) -> str:
    """A plugin's words, without what of the parameters nobody else is to read."""
    params, tags = claimed.action.params, claimed.plugin.sensitive_parameters
    return unquoted(text, sensitive_texts(params, tags))


def _kept(result: JsonValue) -> JsonValue:
    """The result as it travels on. One that would not fit the topics is cut and says so: the
    effect is done all the same, and the plugin has the whole of it under the key."""
    content = orjson.dumps(result)
    if len(content) <= LARGEST_RESULT:
        return result
    return {
        "truncated": True,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "start": content[:1_000].decode("utf-8", "ignore"),
    }


def _ending(
    claimed: Claimed,
    status: ExecutionStatus,
    started: datetime,
    now: datetime,
    *,
    result: JsonValue = None,
    failure: FailureReason | None = None,
) -> Ending:
    observation: dict[str, JsonValue] = {"tool": claimed.action.tool, "status": status.value}
    if failure is None:
        observation["result"] = result
    else:
        observation["error"] = {"code": failure.code, "text": failure.text}
    return Ending(
        status=status,
        observation=observation,
        result=result,
        failure_reason=failure,
        retries=max(0, claimed.attempts - 1),
        metrics=CallMetrics(
            queued_ms=_ms(claimed.queued_at, claimed.intended_at),
            call_ms=_ms(started, now),
            total_ms=_ms(claimed.queued_at, now),
        ),
        started_at=started,
        finished_at=now,
    )


def _ms(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))
