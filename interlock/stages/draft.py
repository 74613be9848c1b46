"""Draft on its working rows: the content first seen under each response id."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from processors.draft import DraftFacts, process
from processors.snapshot import Snapshot
from schemas.events import LlmResponse
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
        return read_record(record)

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


def _response(entry: Input) -> LlmResponse:
    assert isinstance(entry.event, LlmResponse)
    return entry.event
