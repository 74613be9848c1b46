"""Dead letters of a consumer that has no transaction: written and flushed before its offsets."""

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.faults import PassingFault, ProcessFault
from schemas.records import Outgoing
from streams.fatal import is_fatal

FLUSH_S = 10.0


class DeadLetters:
    """An idempotent producer; at least once, since the offsets move only after `write`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._producer = Producer(dict(config))

    def write(self, letters: Sequence[Outgoing]) -> None:
        """Write and wait until the broker has them.

        Raises:
            PassingFault: it does not; do not move the offsets.
        """
        if not letters:
            return
        failed: list[KafkaError] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                failed.append(error)

        try:
            for letter in letters:
                self._producer.produce(
                    letter.topic,
                    value=letter.value,
                    key=letter.key,
                    headers=list(letter.headers),
                    on_delivery=delivered,
                )
        except (BufferError, KafkaException) as error:
            raise fault_of(error, "dead_letter_not_written") from error
        left = self._producer.flush(FLUSH_S)
        if left:
            # They are written again: what is still waiting must not be written too.
            self._producer.purge()
        if left or failed:
            text = failed[0].str() if failed else f"{left} not acknowledged in {FLUSH_S} s"
            raise PassingFault("dead_letter_not_written", text)


def fault_of(error: BufferError | KafkaException, code: str) -> PassingFault | ProcessFault:
    """What a producer's refusal means: after a fatal error it takes nothing any more."""
    if isinstance(error, KafkaException):
        reason: KafkaError = error.args[0]
        if is_fatal(reason):
            return ProcessFault("producer_fatal", reason.str())
    return PassingFault(code, str(error))
