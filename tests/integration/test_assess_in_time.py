"""PostgreSQL ends a transaction that asks nothing of it for a while: assessing never lets it."""

import uuid
from datetime import timedelta

from interlock.stages import AssessStage
from schemas.codec import encode
from schemas.identity import params_hash
from schemas.names import Topic
from schemas.records import Coordinates, Record
from schemas.settings import TenantSettings
from state.engine import stage_engine
from state.store import PostgresStore
from streams.outcomes import decide_batch
from tests.stories import START, Story
from tests.unit.test_assess_stage import TYPE, YesToAll, plugin, settings

TEXT = "a" * 25_000
PARAMS = {"p": ["a" * 15 + "b" + "a" * 15 for _ in range(780)]}


def hostile(place: int) -> Record:
    """As dear to look at as one of 50 KB can be made."""
    drafted = Story(origin=f"r{place}").drafted()
    changes = {
        "params": PARAMS,
        "params_hash": params_hash(drafted.tool, drafted.tool_version, PARAMS),
        "context": {"d": TEXT, "context_refs": ["/d"], "i": place},
    }
    value = encode(drafted.model_copy(update=changes))
    header = ("ce_id", str(uuid.UUID(int=place + 1)).encode())
    return Record(Coordinates(Topic.DRAFTED, 0, place), None, value, (header,), 0)


def test_a_batch_of_hostile_actions_does_not_stop_everybody(database_url: str) -> None:
    now = settings(plugin(TYPE))
    stage = AssessStage(lambda: now, TenantSettings(), True, 120, YesToAll())  # type: ignore[arg-type]
    store = PostgresStore(stage_engine(database_url, "assess-0"))
    records = [hostile(place) for place in range(150)]
    decided = decide_batch(store, stage, records, START + timedelta(seconds=5))
    assert len(decided) == 150
