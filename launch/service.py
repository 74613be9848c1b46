"""What Kafka and PostgreSQL have in common here, whether processes or containers."""

from typing import Protocol


class Service(Protocol):
    """Something with data that can be started, stopped, killed and started again.

    Its address does not change between two starts of one object.
    """

    def start(self) -> str:
        """Start it, wait until it answers, and return its address.

        Raises:
            CannotStart: why not.
        """
        ...

    def stop(self) -> None:
        """In good order; nothing happens if it does not run."""
        ...

    def kill(self) -> None:
        """As a power cut would."""
        ...

    def remove(self) -> None:
        """Stop it and delete its data."""
        ...
