"""Drafted actions as records of their topic, for tests of the stage that assesses them."""

from collections.abc import Sequence

from schemas.codec import encode
from schemas.events import Drafted
from schemas.identity import output_id
from schemas.names import EventId, Topic
from schemas.records import Coordinates, Record


def records(actions: Sequence[Drafted], partition: int = 0) -> list[Record]:
    """One record each, at the offsets of their order."""
    return [
        Record(
            Coordinates(Topic.DRAFTED, partition, offset),
            action.tenant_id.encode(),
            encode(action),
            (("ce_id", _id_of(action).encode()),),
        )
        for offset, action in enumerate(actions)
    ]


def _id_of(action: Drafted) -> EventId:
    return output_id("draft", EventId(action.action_id), Topic.DRAFTED, action.revision)
