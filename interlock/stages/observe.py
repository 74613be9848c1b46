"""Observe: no working rows, only what the execution's event says, and what of it is sensitive."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from processors.observe import process
from processors.snapshot import Snapshot
from schemas.events import Executed
from schemas.names import Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.working import WorkingRows
from streams.stage import Input, read_record


class ObserveStage:
    name = "observe"
    topics = (Topic.EXECUTED,)

    def __init__(self, settings: Callable[[], Snapshot]) -> None:
        self._settings = settings

    def read(self, record: Record) -> Input:
        return read_record(record)

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        settings = self._settings()
        executions = [_executed(entry) for entry in inputs]
        return [process(executed, now, _tags(executed, settings)) for executed in executions]


def _tags(executed: Executed, settings: Snapshot) -> Mapping[str, str] | None:
    plugin = settings.plugin(executed.tool, executed.tool_version)
    return None if plugin is None else plugin.sensitive_parameters


def _executed(entry: Input) -> Executed:
    assert isinstance(entry.event, Executed)
    return entry.event
