"""Draft on its working rows: the content first seen under each response id, and the proposals
that were refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from prometheus_client import Counter

from processors.draft import DraftFacts, Drafts, process
from processors.repeats import marked
from processors.snapshot import Snapshot
from schemas.events import LlmResponse
from schemas.faults import RecordFault
from schemas.names import TenantId, Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.settings import TenantSettings
from schemas.working import REFUSED, RESPONSES, WorkingRows
from streams.stage import Input, read_record

_WITHOUT_TRACE = Counter(
    "react_action_trace_missing_total",
    "Actions drafted without a readable trace; a batch done again counts again",
)


class DraftStage:
    name = "draft"
    topics = (Topic.RESPONSES,)

    def __init__(
        self, settings: Callable[[], Snapshot], tenant_defaults: TenantSettings | None = None
    ) -> None:
        """`tenant_defaults`: of a tenant without settings; None: as shipped."""
        self._settings = settings
        self._tenant_defaults = tenant_defaults or TenantSettings()

    def read(self, record: Record) -> Input:
        """As `read_record`; what becomes columns and headers must be text everywhere.

        Raises:
            RecordFault: also for NUL in any of the response's labels.
        """
        entry = read_record(record)
        _check_labels(_response(entry))
        return entry

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        settings = self._settings()
        responses = [(entry, _response(entry)) for entry in inputs]
        rows = tx.lock(RESPONSES, {(r.tenant_id, r.response_id) for _, r in responses})
        drafts: list[Drafts] = []
        for entry, response in responses:
            key = (response.tenant_id, response.response_id)
            content = entry.content_hash or ""
            facts = DraftFacts(
                settings=settings,
                now=now,
                content_hash=content,
                first_content=rows[key].content_hash,
                traceparent=entry.record.header("traceparent"),
                tenant_defaults=self._tenant_defaults,
            )
            drafts.append(process(response, facts))
            if rows[key].content_hash is None:
                rows[key] = replace(rows[key], content_hash=content)
        tx.save(RESPONSES, rows)
        _mark_repeats(tx, [r.tenant_id for _, r in responses], drafts, now)
        _WITHOUT_TRACE.inc(sum(draft.without_trace for draft in drafts))
        return [draft.outputs for draft in drafts]


def _mark_repeats(
    tx: WorkingRows, tenants: Sequence[TenantId], drafts: Sequence[Drafts], now: datetime
) -> None:
    """Let each refusal say how often it came before, in the order they came."""
    keys = {
        (tenant, seen)
        for tenant, draft in zip(tenants, drafts, strict=True)
        for seen in draft.refused.values()
    }
    if not keys:
        return
    rows = tx.lock(REFUSED, keys)
    for tenant, draft in zip(tenants, drafts, strict=True):
        own = {seen: rows[tenant, seen] for seen in draft.refused.values()}
        draft.outputs = marked(draft.outputs, draft.refused, own, now)
        rows.update({(tenant, seen): row for seen, row in own.items()})
    tx.save(REFUSED, rows)


_LABELS = (
    "trace_id",
    "thought_id",
    "prediction_id",
    "llm_response_id",
    "model",
    "action_template",
    "risk_level",
)


def _check_labels(response: LlmResponse) -> None:
    for name in _LABELS:
        if "\x00" in (getattr(response, name) or ""):
            raise RecordFault("bad_field", f"{name} must not hold NUL")


def _response(entry: Input) -> LlmResponse:
    assert isinstance(entry.event, LlmResponse)
    return entry.event
