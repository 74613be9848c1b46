"""Whether a consumer is a member of its group at this moment.

The broker refuses offsets of an old generation, but takes those of generation −1 (nobody's)
while the group is empty: right after its last member was killed, say. A stage that was stopped
and woken then must not move offsets. librdkafka says the generation only in the group metadata
it serialises: `CGMDv2:`, the generation (32 bits, little-endian), then names
(rdkafka_cgrp.c, `rd_kafka_consumer_group_metadata_write`).
"""

from schemas.faults import ProcessFault

_MAGIC = b"CGMDv2:"
_GENERATION = slice(len(_MAGIC), len(_MAGIC) + 4)


def is_member(metadata: object) -> bool:
    """Whether group metadata carries a generation.

    Raises:
        ProcessFault: `group_metadata_unknown`: another librdkafka, which writes it differently.
    """
    if not isinstance(metadata, bytes) or not metadata.startswith(_MAGIC):
        raise ProcessFault("group_metadata_unknown", "this librdkafka writes it differently")
    return int.from_bytes(metadata[_GENERATION], "little", signed=True) >= 0
