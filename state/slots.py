"""Slots: stable names for the instances of a process, one holder each.

A slot is the number in `interlock-assess-3`: the transactional id and the static member id.
It is held by a session advisory lock, so the pods of one Deployment take different ones. The
lock only spares two instances from fencing each other; that one of them is fenced when it
fails is the broker's business, and what correctness rests on.
"""

import threading
import zlib

import structlog
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from schemas.faults import PassingFault, ProcessFault
from state.engine import connect_args, faults

log = structlog.get_logger()

MOST_SLOTS = 64
_TAKE = text("SELECT pg_try_advisory_lock(:group, :slot)")
_CHECK_S = 1.0


class Slot:
    """The lowest free slot of a group, held until `release` or the end of the process.

    Raises (constructor):
        PassingFault: the database is away.
        ProcessFault: all slots are taken.
    """

    def __init__(self, url: str, group: str) -> None:
        self.group = group
        self._engine = create_engine(
            url, poolclass=NullPool, connect_args=connect_args(f"{group}-slot")
        )
        self._key = zlib.crc32(group.encode()) - 2**31
        self._connection: Connection | None = None
        self.lost = threading.Event()
        self.number = self._first_free()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="slot", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return f"{self.group}-{self.number}"

    def _first_free(self) -> int:
        with faults():
            connection = self._engine.connect()
            for number in range(MOST_SLOTS):
                if connection.execute(_TAKE, {"group": self._key, "slot": number}).scalar_one():
                    connection.commit()
                    self._connection = connection
                    return number
            connection.close()
        raise ProcessFault("no_slot", f"all {MOST_SLOTS} slots of {self.group} are taken")

    def _watch(self) -> None:
        """Keep the session; take the same slot again after a database restart, or be lost."""
        while not self._stopping.wait(_CHECK_S):
            try:
                if not self._still_held():
                    log.error("slot_lost", slot=self.name)
                    self.lost.set()
                    return
            except PassingFault as fault:
                log.warning("slot_unproven", slot=self.name, text=fault.text)
            except Exception as error:
                log.error("slot_lost", slot=self.name, error=repr(error))
                self.lost.set()
                return

    def _still_held(self) -> bool:
        with faults():
            try:
                if self._connection is not None:
                    self._connection.execute(text("SELECT 1"))
                    self._connection.commit()
                    return True
            except Exception:
                self._drop()
                raise
            connection = self._engine.connect()
            taken = connection.execute(
                _TAKE, {"group": self._key, "slot": self.number}
            ).scalar_one()
            connection.commit()
            if taken:
                self._connection = connection
                return True
            connection.close()
            return False

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def release(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._drop()
