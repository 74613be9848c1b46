"""Settle: the ledger's reports, told at least once, become events exactly once.

Here an execution's ending also enters its type's history. Settle is the first stage to know it,
makes `actions.executed` of it, and answers each report once, however often it was told; so the
row, in that outcome's transaction, is a fold over just the events this stage recorded. Observe and
approve know it later and would fold over what they read, and approve holds its own locks by then.
A tenant's reports are one partition's: settle alone writes the rows, and nobody waits for them.
"""

from collections.abc import Sequence
from datetime import datetime

from processors.execute import process
from processors.history import after, key_of
from schemas.events import EffectReport, Executed
from schemas.names import Topic
from schemas.output import Answer, Output
from schemas.records import Record
from schemas.working import HISTORIES, WorkingRows
from streams.stage import Input, read_record


class SettleStage:
    name = "settle"
    topics = (Topic.REPORTS,)

    def read(self, record: Record) -> Input:
        return read_record(record)

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        answers = [process(_report(entry), now) for entry in inputs]
        _remember(tx, [output for answer in answers for output in answer])
        return answers


def _remember(tx: WorkingRows, outputs: Sequence[Output]) -> None:
    endings = [output.event for output in outputs if isinstance(output.event, Executed)]
    if not endings:
        return
    rows = tx.lock(HISTORIES, {key_of(ending) for ending in endings})
    for ending in endings:
        rows[key_of(ending)] = after(rows[key_of(ending)], ending)
    tx.save(HISTORIES, rows)


def _report(entry: Input) -> EffectReport:
    assert isinstance(entry.event, EffectReport)
    return entry.event
