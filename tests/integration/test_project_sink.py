"""The sink `project` on a real broker and a real database."""

import signal
import subprocess
import sys

import pytest
from sqlalchemy import Engine, create_engine, text

from launch import wait_until
from schemas.codec import encode
from schemas.names import SettingKind, Topic, Verdict
from schemas.records import Record
from schemas.sequence import Rank
from schemas.states import State
from sinks.project import rows_digest, rows_of
from state.engine import stage_engine
from state.store import PostgresStore
from streams.crash_points import CrashPoint
from tests.integration.project_bench import (
    DEADLINE_S,
    Log,
    create_topics,
    running,
    start_from_here,
    states,
    wait_for_states,
)
from tests.stories import ends_well


@pytest.fixture
def log(bootstrap_servers: str, engine: Engine) -> Log:
    """The log, with the test's database standing at its end."""
    create_topics(bootstrap_servers)
    log = Log(bootstrap_servers)
    start_from_here(engine, log)
    return log


def test_a_chain_of_events_becomes_rows(engine: Engine, log: Log) -> None:
    asked, automatic = log.story(1), log.story(2)
    ends_well(asked, by=["ana", "eva"])
    ends_well(automatic)
    log.publish([*asked.events, *automatic.events])
    with running(engine, log, log.name):
        wait_for_states(engine, log, {asked.tenant: "succeeded", automatic.tenant: "succeeded"})
        # Its state change names the last of them, the approved action all; either may come first.
        by = "SELECT decided_by FROM action_approvals"
        wait_until(lambda: _one(engine, by) == ["ana", "eva"], DEADLINE_S, "the approval")
    assert _one(engine, "SELECT status FROM action_approvals") == "approved"
    assert str(_one(engine, "SELECT execution_id FROM action_approvals")) == asked.action


def test_settings_become_definitions_and_tenants(engine: Engine, log: Log) -> None:
    action_type, tenant = f"{log.name}-type", f"{log.name}-tenant"
    definition = {"action_type": action_type, "name": "Tarea", "tools": ["create_task"]}
    with running(engine, log, log.name):
        log.configure(SettingKind.DEFINITION, action_type, definition)
        log.configure(SettingKind.TENANT, tenant, {"automation_enabled": True})
        log.configure(SettingKind.FREEZE, "f", {"tenant": tenant})
        on = f"SELECT automation_enabled FROM tenant_action_settings WHERE tenant_id = '{tenant}'"
        wait_until(lambda: _one(engine, on), DEADLINE_S, "the tenant")
        active = f"SELECT is_active FROM action_definitions WHERE action_type = '{action_type}'"
        assert _one(engine, active) is True

        log.configure(SettingKind.DEFINITION, action_type, None)
        log.configure(SettingKind.TENANT, tenant, None)
        wait_until(lambda: _one(engine, on) is None, DEADLINE_S, "the tenant to be gone")
        assert _one(engine, active) is False


def test_it_goes_on_where_its_tables_stand_whatever_the_group_committed(
    engine: Engine, log: Log
) -> None:
    first, second = log.story(1), log.story(2)
    log.publish(ends_well(first).events)
    with running(engine, log, log.name):
        wait_for_states(engine, log, {first.tenant: "succeeded"})
    _execute(engine, "UPDATE action_executions SET tool = 'touched'")
    log.publish(ends_well(second).events)
    with running(engine, log, f"{log.name}-another-group"):
        wait_for_states(engine, log, {first.tenant: "succeeded", second.tenant: "succeeded"})
    touched = f"SELECT tool FROM action_executions WHERE tenant_id = '{first.tenant}'"
    assert _one(engine, touched) == "touched"


def test_tables_built_anew_from_the_log_hold_the_same(engine: Engine, log: Log) -> None:
    stories = [ends_well(log.story(n), by=["eva"] if n % 2 else None) for n in range(6)]
    with running(engine, log, log.name):
        for story in stories:
            log.publish(story.events)
        wait_for_states(engine, log, {story.tenant: "succeeded" for story in stories})
        wait_until(lambda: _lines(engine, log) == 6 + 3, DEADLINE_S, "the approvals")
    before = _own(engine, log)
    _execute(engine, "TRUNCATE action_executions, action_approvals, positions")
    with running(engine, log, log.name):
        wait_until(lambda: _own(engine, log) == before, DEADLINE_S, "the same rows")


@pytest.mark.parametrize(
    ("point", "applied"),
    [(CrashPoint.BEFORE_OUTCOME_COMMIT, False), (CrashPoint.AFTER_OUTCOME_COMMIT, True)],
)
def test_killed_at_its_commit_rows_and_position_agree_and_the_rest_follows(
    engine: Engine, database_url: str, log: Log, point: CrashPoint, applied: bool
) -> None:
    story = log.story()
    drafted = story.drafted()
    log.publish([drafted])
    before = PostgresStore(engine).positions("project")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.integration.run_project",
            log.bootstrap,
            database_url,
            log.name,
            f"project.{point}",
        ]
    )
    assert process.wait(DEADLINE_S) == -signal.SIGKILL
    assert (states(engine, log) == {story.tenant: "drafted"}) is applied
    assert (PostgresStore(engine).positions("project") != before) is applied

    story.assessed(drafted, Verdict.DENY)
    story.moved(State.DENIED, Rank.ASSESS)
    log.publish(story.events[1:])
    with running(engine, log, log.name):
        wait_for_states(engine, log, {story.tenant: "denied"})


def test_a_record_nobody_can_take_goes_to_the_dead_letters_and_the_rest_goes_on(
    engine: Engine, log: Log
) -> None:
    story, poison = log.story(1), log.story(2)
    garbage = f"{log.name} is no Avro".encode()
    drafted = poison.drafted()
    nul = drafted.model_copy(update={"params": {"titulo": "a\0b"}})
    huge = drafted.model_copy(update={"revision": 2**40})
    ends_well(story)
    log.publish(story.events[:3])
    log.write(
        [
            (Topic.DRAFTED.value, poison.tenant, garbage),
            (Topic.DRAFTED.value, poison.tenant, encode(nul)),
            (Topic.DRAFTED.value, poison.tenant, encode(huge)),
            (Topic.DRAFTED.value, poison.tenant, None),
            (Topic.SETTINGS.value, log.name, b'{"kind": "tenant", "key": "t", "value": 1}'),
        ]
    )
    log.configure(SettingKind.TENANT, log.name, {"auto_approval_threshold": 7})
    log.publish(story.events[3:])
    with running(engine, log, log.name):
        wait_for_states(engine, log, {story.tenant: "succeeded"})
        wait_until(
            lambda: len(_letters(log, Topic.DRAFTED, poison.tenant)) == 4, DEADLINE_S, "4 letters"
        )
        wait_until(
            lambda: len(_letters(log, Topic.SETTINGS, log.name)) == 2, DEADLINE_S, "2 letters"
        )
    letters = _letters(log, Topic.DRAFTED, poison.tenant)
    codes = [str(letter.header("__streams.errors.exception")) for letter in letters]
    assert sorted(codes) == ["database_rejects", "database_rejects", "not_avro", "tombstone"]
    assert garbage in [letter.value for letter in letters]
    assert {letter.header("interlock_stage") for letter in letters} == {"project"}


def test_two_instances_share_the_partitions_and_one_goes_on_alone(
    engine: Engine, database_url: str, log: Log
) -> None:
    stories = [ends_well(log.story(n), by=["eva"]) for n in range(30)]
    half = [event for story in stories for event in story.events[:5]]
    rest = [event for story in stories for event in story.events[5:]]
    other = stage_engine(database_url, "other")
    with running(engine, log, log.name, 0):
        with running(other, log, log.name, 1):
            wait_until(lambda: log.members_at_work(log.name) == 2, DEADLINE_S, "two at work")
            log.publish(half)
            wait_until(lambda: len(states(engine, log)) == 30, DEADLINE_S, "30 rows")
        log.publish(rest)
        wait_for_states(engine, log, {story.tenant: "succeeded" for story in stories})
        wait_until(
            lambda: _one(engine, "SELECT count(*) FROM action_approvals") == 30,
            DEADLINE_S,
            "30 approvals",
        )
    other.dispose()


def test_a_database_that_is_away_is_waited_for(engine: Engine, log: Log, postgres_url: str) -> None:
    story = log.story()
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    name = engine.url.database
    with running(engine, log, log.name) as health:
        log.publish([story.drafted()])
        wait_for_states(engine, log, {story.tenant: "drafted"})
        _execute(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        _execute(
            server,
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            f"WHERE datname = '{name}'",
        )
        log.publish(ends_well(story).events)
        wait_until(lambda: health.waiting is not None, DEADLINE_S, "the sink to wait")
        _execute(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        wait_for_states(engine, log, {story.tenant: "succeeded"})
        wait_until(lambda: health.waiting is None, DEADLINE_S, "the sink to be ready")
    server.dispose()


def test_digests_tell_equal_tables_from_different_ones(engine: Engine, log: Log) -> None:
    empty = rows_digest(engine)
    with running(engine, log, log.name):
        log.publish(ends_well(log.story()).events)
        wait_for_states(engine, log, {log.story().tenant: "succeeded"})
    full = rows_digest(engine)
    assert full == rows_digest(engine)
    assert {table for table in full if full[table] != empty[table]} == {"action_executions"}


def _letters(log: Log, topic: Topic, key: str) -> list[Record]:
    return [letter for letter in log.read(topic.dlq) if letter.key == key.encode()]


def _own(engine: Engine, log: Log) -> dict[str, list[str]]:
    tables = ("action_executions", "action_approvals")
    return {t: [row for row in rows_of(engine, t) if f'"{log.name}-' in row] for t in tables}


def _lines(engine: Engine, log: Log) -> int:
    return sum(len(rows) for rows in _own(engine, log).values())


def _one(engine: Engine, statement: str) -> object:
    with engine.connect() as connection:
        row = connection.execute(text(statement)).first()
        return None if row is None else row[0]


def _execute(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))
