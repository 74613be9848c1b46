"""What the broker says of a topic's end, and what it may not be taken for."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaException

from schemas.faults import ProcessFault
from streams.log_end import EndQuestion


class Admin:
    """Answers at once."""

    def __init__(self, offset: int, partitions: int = 1) -> None:
        self.end = SimpleNamespace(offset=offset)
        self.topic = SimpleNamespace(topic_id="id", partitions=[object()] * partitions)

    def describe_topics(self, topics: object, request_timeout: float) -> dict[str, Future[object]]:
        return {"settings": _done(self.topic)}

    def list_offsets(
        self, asked: dict[object, object], isolation_level: object, request_timeout: float
    ) -> dict[object, Future[object]]:
        return dict.fromkeys(asked, _done(self.end))


def _done(value: object) -> Future[object]:
    future: Future[object] = Future()
    future.set_result(value)
    return future


def ask(admin: Admin) -> EndQuestion:
    return EndQuestion(admin, "settings")  # type: ignore[arg-type]


def test_the_end_is_told() -> None:
    assert ask(Admin(7)).answer().offset == 7


def test_a_broker_that_does_not_know_yet_has_not_cut_the_log() -> None:
    with pytest.raises(KafkaException):
        ask(Admin(-1001)).answer()


def test_more_than_one_partition_has_no_order() -> None:
    with pytest.raises(ProcessFault, match="partitions_not_one"):
        ask(Admin(7, partitions=2)).answer()
