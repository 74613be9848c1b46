"""Draft on its working rows: the content first seen under each response id."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from processors.draft import DraftFacts, process
from processors.snapshot import Snapshot
from schemas.events import LlmResponse
from schemas.faults import RecordFault
from schemas.names import Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.working import RESPONSES, WorkingRows
from streams.stage import Input, read_record


class DraftStage:
    name = "draft"
    topics = (Topic.RESPONSES,)

    def __init__(self, settings: Callable[[], Snapshot]) -> None:
        self._settings = settings

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
        answers: list[Answer] = []
        for entry, response in responses:
            key = (response.tenant_id, response.response_id)
            content = entry.content_hash or ""
            facts = DraftFacts(
                settings=settings,
                now=now,
                content_hash=content,
                first_content=rows[key].content_hash,
                traceparent=entry.record.header("traceparent"),
            )
            answers.append(process(response, facts))
            if rows[key].content_hash is None:
                rows[key] = replace(rows[key], content_hash=content)
        tx.save(RESPONSES, rows)
        return answers


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
