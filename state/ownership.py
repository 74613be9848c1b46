"""Who holds claimed work: a session advisory lock on the connection that claims.

The owner is a random 62-bit number. While its lock is held the owner lives; a lock that can
be taken is a dead owner's, and its intended effects are up for reconciliation. An advisory
lock is not a lease: a stopped process would keep it for ever, so the server ends a session
that was idle for five seconds, and the owner proves itself at least every half second.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from schemas.faults import PassingFault
from state.engine import connect_args, faults

SESSION_TIMEOUT_MS = 5_000
PROOF_S = 3.0
"""How old a proof may be when a call is sent: safely below the session timeout."""

_TAKE = text("SELECT pg_try_advisory_lock(:owner)")


class Owner:
    """One identity and the one session it claims on. Not thread-safe, but for `proven`."""

    def __init__(self, url: str, application: str) -> None:
        self.id = secrets.randbits(62)
        self._engine: Engine = create_engine(
            url,
            poolclass=NullPool,
            connect_args=connect_args(
                application,
                idle_session_timeout=SESSION_TIMEOUT_MS,
                idle_in_transaction_session_timeout=SESSION_TIMEOUT_MS,
            ),
        )
        self._connection: Connection | None = None
        self._proven_at = float("-inf")
        self.session = 0
        """Counts the sessions this owner has had: what was claimed on an earlier one may have
        been taken over meanwhile."""

    @property
    def proven(self) -> bool:
        """Whether the lock was certainly ours a moment ago."""
        return _elapsed() - self._proven_at < PROOF_S

    def holds(self, session: int) -> bool:
        """Whether what was claimed on that session is certainly still ours. Asked right before
        a call is sent: a process that was stopped and woken must not send."""
        return session == self.session and self.proven

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction on the session that holds the lock, taking session and lock anew
        (under the same id) when they were lost. Its block asks the server something: the
        driver begins nothing before, and what was not asked proves nothing.

        Raises:
            PassingFault: no session, or the lock is still, or for a moment, somebody else's.
        """
        asked = _elapsed()
        try:
            with faults():
                connection = self._session()
                with connection.begin():
                    yield connection
        except BaseException:
            if self._connection is not None and (
                self._connection.invalidated or self._connection.closed
            ):
                self.close()
            raise
        self._proven_at = asked

    def _session(self) -> Connection:
        if self._connection is None or self._connection.invalidated:
            self.close()
            connection = self._engine.connect()
            taken = connection.execute(_TAKE, {"owner": self.id}).scalar_one()
            connection.commit()
            if not taken:
                connection.close()
                raise PassingFault("owner_lock", "the owner's lock is held by another session")
            self._connection = connection
            self.session += 1
        return self._connection

    def close(self) -> None:
        """End the session; whoever looks next finds this owner dead."""
        connection, self._connection = self._connection, None
        self._proven_at = float("-inf")
        if connection is not None:
            connection.close()


def _elapsed() -> float:
    """Seconds that also pass while the machine is suspended, where the system can say so."""
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
