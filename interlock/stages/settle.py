"""Settle: the ledger's reports, told at least once, become events exactly once."""

from collections.abc import Sequence
from datetime import datetime

from processors.execute import process
from schemas.events import EffectReport
from schemas.names import Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.working import WorkingRows
from streams.stage import Input, read_record


class SettleStage:
    name = "settle"
    topics = (Topic.REPORTS,)

    def read(self, record: Record) -> Input:
        return read_record(record)

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        return [process(_report(entry), now) for entry in inputs]


def _report(entry: Input) -> EffectReport:
    assert isinstance(entry.event, EffectReport)
    return entry.event
