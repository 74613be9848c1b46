"""What the broker says of a topic's end, and what it may not be taken for."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaException

from schemas.faults import ProcessFault
from streams.log_end import EndQuestion


def _done(value: object) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def asked(offset: int, partitions: int = 1) -> EndQuestion:
    topic = SimpleNamespace(topic_id="id", partitions=[object()] * partitions)
    return EndQuestion("settings", 0.0, 0, _done(topic), _done((0, offset)))


def test_the_end_is_told() -> None:
    question = asked(7)
    assert question.done
    assert question.answer().offset == 7


def test_a_broker_that_does_not_know_yet_has_not_cut_the_log() -> None:
    with pytest.raises(KafkaException):
        asked(-1001).answer()


def test_more_than_one_partition_has_no_order() -> None:
    with pytest.raises(ProcessFault, match="partitions_not_one"):
        asked(7, partitions=2).answer()
