"""The read models built afresh from the log, and compared with those built under fire."""

import threading
from collections.abc import Iterator
from itertools import zip_longest

from sqlalchemy import Engine, create_engine, text

from launch import wait_until
from sinks.project import ProjectSink, rows_digest, rows_of
from state.engine import stage_engine
from streams import clients
from streams.health import Health
from tests.crash.campaign.services import Services, new_database

TIMEOUT_S = 120.0
_MOST = 10
_POSITIONS = text(
    "SELECT topic, partition, next_offset FROM positions WHERE consumer = 'project'"
    " AND next_offset > 0"
)


def differences(services: Services) -> list[str]:
    """Rows that differ between the sink's tables and a rebuild; empty when all are equal.

    Raises:
        TimeoutError: the rebuild does not come to where the sink is.
    """
    url = new_database(services.postgres, "rebuilt")
    base = {"bootstrap.servers": services.bootstrap}
    rebuilt = stage_engine(url, "campaign-rebuild")
    ours = create_engine(services.database_url)
    sink = ProjectSink(
        rebuilt,
        clients.stage_consumer(base, "campaign-rebuild", "campaign-rebuild"),
        clients.producer(base),
        Health(),
    )
    stopping = threading.Event()
    thread = threading.Thread(target=sink.run, args=(stopping,), name="rebuild")
    thread.start()
    try:
        wait_until(
            lambda: _positions(rebuilt) == _positions(ours), TIMEOUT_S, "the rebuild", every_s=0.2
        )
    finally:
        stopping.set()
        thread.join()
    try:
        return list(_compare(ours, rebuilt))
    finally:
        ours.dispose()
        rebuilt.dispose()


def _positions(engine: Engine) -> dict[tuple[str, int], int]:
    with engine.connect() as connection:
        return {(t, p): offset for t, p, offset in connection.execute(_POSITIONS)}


def _compare(ours: Engine, rebuilt: Engine) -> Iterator[str]:
    digests, fresh = rows_digest(ours), rows_digest(rebuilt)
    for table in digests:
        if digests[table] == fresh[table]:
            continue
        named = 0
        for one, other in zip_longest(rows_of(ours, table), rows_of(rebuilt, table)):
            if one != other:
                yield f"{table}: {one} rebuilt as {other}"
                named += 1
                if named == _MOST:
                    break
