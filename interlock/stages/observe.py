"""Observe: no working rows, only what the execution's event says."""

from collections.abc import Sequence
from datetime import datetime

from processors.observe import process
from schemas.events import Executed
from schemas.names import Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.working import WorkingRows
from streams.stage import Input, read_record


class ObserveStage:
    name = "observe"
    topics = (Topic.EXECUTED,)

    def read(self, record: Record) -> Input:
        return read_record(record)

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        return [process(_executed(entry), now) for entry in inputs]


def _executed(entry: Input) -> Executed:
    assert isinstance(entry.event, Executed)
    return entry.event
