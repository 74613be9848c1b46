"""Kafka and PostgreSQL as local mode runs them: killed, started again, moved, removed."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from interlock.local import local_services
from interlock.state_dir import remove, state_dir
from launch import CannotStart, wait_until
from state.local_postgres import LocalPostgres
from streams.local_broker import LocalBroker
from streams.local_broker.jars import kafka_jars

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root cannot run PostgreSQL")


def create_topic(bootstrap: str) -> str:
    name = f"test-{uuid.uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for created in admin.create_topics([NewTopic(name, num_partitions=1)]).values():
        created.result(30)
    return name


def produce(bootstrap: str, topic: str, value: bytes) -> None:
    """Returns when the broker has acknowledged it."""
    errors: list[object] = []
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "message.max.bytes": 13_000_000,
            # How long an unknown topic may still become known.
            "topic.metadata.propagation.max.ms": 500,
        }
    )
    producer.produce(topic, value, on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(30) == 0
    if errors[0] is not None:
        raise KafkaException(errors[0])


def consume(bootstrap: str, topic: str) -> bytes:
    """The topic's first record, read without a group."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none"})
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        message = consumer.poll(30)
        assert message is not None
        assert message.error() is None
        value = message.value()
        assert isinstance(value, bytes)
        return value
    finally:
        consumer.close()


def execute(url: str, statement: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class TestBroker:
    def test_after_kill_9_it_is_back_on_its_port_with_its_records(
        self, broker: LocalBroker
    ) -> None:
        before = broker.bootstrap_servers
        topic = create_topic(before)
        produce(before, topic, b"acknowledged")
        killed = broker.pid
        assert killed is not None
        broker.kill()
        assert gone(killed)
        assert broker.start() == before
        assert consume(before, topic) == b"acknowledged"

    def test_a_later_one_on_the_folder_has_its_port_and_records(self, tmp_path: Path) -> None:
        folder = tmp_path / "José's data"
        with LocalBroker(folder) as first:
            address = first.bootstrap_servers
            topic = create_topic(address)
            produce(address, topic, b"kept")
        with LocalBroker(folder) as second:
            assert second.bootstrap_servers == address
            # A third that is let in would corrupt the metadata log of the second.
            with pytest.raises(CannotStart, match="another process still runs on"):
                LocalBroker(folder).start(timeout_s=0.1)
            assert consume(address, topic) == b"kept"

    def test_it_takes_records_of_12_mb(self, bootstrap_servers: str) -> None:
        topic = create_topic(bootstrap_servers)
        produce(bootstrap_servers, topic, bytes(12_000_000))
        assert len(consume(bootstrap_servers, topic)) == 12_000_000

    def test_a_misspelt_topic_fails_and_does_not_appear(self, bootstrap_servers: str) -> None:
        with pytest.raises(KafkaException, match=r"UNKNOWN_TOPIC_OR_PART|Unknown topic"):
            produce(bootstrap_servers, f"misspelt-{uuid.uuid4().hex[:8]}", b"lost")

    def test_its_settings_are_in_force(self, broker: LocalBroker) -> None:
        admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
        resource = ConfigResource(ConfigResource.Type.BROKER, "1")
        (described,) = admin.describe_configs([resource]).values()
        found = {name: entry.value for name, entry in described.result(30).items()}
        assert found["offsets.topic.num.partitions"] == "8"
        assert found["transaction.state.log.num.partitions"] == "8"
        assert found["auto.create.topics.enable"] == "false"
        assert found["group.initial.rebalance.delay.ms"] == "0"

    def test_a_terminals_ctrl_c_does_not_reach_it(self, broker: LocalBroker) -> None:
        assert broker.pid is not None
        assert os.getsid(broker.pid) == broker.pid


class TestPostgres:
    def test_after_a_kill_it_is_back_with_what_was_committed(self, postgres: LocalPostgres) -> None:
        url = postgres.url()
        table = f"kept_{uuid.uuid4().hex[:8]}"
        execute(url, f"CREATE TABLE {table} AS SELECT 1 AS n")
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.execute(text(f"INSERT INTO {table} VALUES (2)"))
            postgres.kill()
            assert postgres.pid is None
            with pytest.raises(OperationalError):
                connection.execute(text("SELECT 1"))
        engine.dispose()
        assert postgres.start() == url
        assert execute(url, f"SELECT sum(n) FROM {table}") == 1
        execute(url, f"DROP TABLE {table}")

    def test_a_later_one_on_the_folder_has_its_rows(self, tmp_path: Path) -> None:
        folder = tmp_path / "José's data"
        with LocalPostgres(folder) as first:
            execute(first.url(), "CREATE TABLE kept AS SELECT 7 AS n")
        second = LocalPostgres(folder)
        assert execute(second.start(), "SELECT n FROM kept") == 7
        with pytest.raises(CannotStart, match="another process still runs on"):
            LocalPostgres(folder).start(timeout_s=0.1)
        second.remove()
        assert not folder.exists()

    def test_its_settings_are_in_force(self, postgres: LocalPostgres) -> None:
        expected = {
            "fsync": "on",
            "synchronous_commit": "on",
            "listen_addresses": "",
            "max_connections": "200",
            "jit": "off",
            "server_encoding": "UTF8",
            "TimeZone": "UTC",
        }
        for name, value in expected.items():
            assert execute(postgres.url(), f"SHOW {name}") == value
        assert execute(postgres.url(), "SELECT upper('anomalía')") == "ANOMALÍA"

    def test_only_its_owner_can_enter_the_socket(self, postgres: LocalPostgres) -> None:
        socket = execute(postgres.url(), "SHOW unix_socket_directories")
        assert Path(str(socket).strip('"')).stat().st_mode & 0o077 == 0

    def test_a_folder_too_deep_for_a_socket_address_works(self, tmp_path: Path) -> None:
        deep = tmp_path / ("d" * 60) / ("e" * 60)
        postgres = LocalPostgres(deep)
        try:
            url = postgres.start()
            postgres.stop()
            assert postgres.start() == url
            assert execute(url, "SELECT 1") == 1
        finally:
            postgres.remove()

    @as_root
    def test_as_root_a_private_folder_stays_private(self, tmp_path: Path) -> None:
        private = tmp_path / "home"
        private.mkdir(mode=0o700)
        postgres = LocalPostgres(private / "postgres")
        try:
            assert execute(postgres.start(), "SELECT 1") == 1
            assert private.stat().st_mode & 0o777 == 0o700
            elsewhere = Path((private / "postgres" / "location").read_text().strip())
            assert (elsewhere / "cluster").is_dir()
        finally:
            postgres.remove()
        assert not elsewhere.exists()

    @as_root
    def test_as_root_what_nobody_can_find_any_more_is_deleted(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        forgotten = LocalPostgres(tmp_path / "forgotten")
        forgotten.start()
        forgotten.stop()
        elsewhere = Path((tmp_path / "forgotten" / "location").read_text().strip())
        shutil.rmtree(tmp_path / "forgotten")
        assert elsewhere.exists()
        later = LocalPostgres(tmp_path / "later")
        try:
            later.start()
        finally:
            later.remove()
        assert not elsewhere.exists()


class TestParent:
    """What starts a service, and is killed without a chance to stop it."""

    CODE = """
        import sys
        from pathlib import Path
        from SERVICE_MODULE import SERVICE
        service = SERVICE(Path(sys.argv[1]))
        service.start()
        print(service.pid, flush=True)
        sys.stdin.read()
    """

    @pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
    @pytest.mark.parametrize("service", [LocalBroker, LocalPostgres], ids=["broker", "postgres"])
    def test_takes_the_service_with_it_and_the_next_one_starts(
        self, service: type[LocalBroker] | type[LocalPostgres], tmp_path: Path
    ) -> None:
        code = textwrap.dedent(self.CODE).replace("SERVICE_MODULE", service.__module__)
        command = [sys.executable, "-c", code.replace("SERVICE", service.__name__), str(tmp_path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            family = [pid, *(child.pid for child in psutil.Process(pid).children())]
            parent.kill()
        wait_until(lambda: all(map(gone, family)), 10, "the service to die")
        successor = service(tmp_path)
        try:
            successor.start()
        finally:
            successor.remove()


class TestJars:
    def test_two_fetches_at_once_leave_one_whole_cache(self, tmp_path: Path) -> None:
        found: list[Path] = []
        fetches = [
            threading.Thread(target=lambda: found.append(kafka_jars(tmp_path))) for _ in range(2)
        ]
        for fetch in fetches:
            fetch.start()
        for fetch in fetches:
            fetch.join()
        assert len(found) == 2
        assert list((tmp_path / "interlock").iterdir()) == [found[0]] == [found[1]]

    def test_maven_that_cannot_fetch_is_said_in_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.fake_maven(tmp_path, "echo '[ERROR] no route to host'; echo more; exit 1")
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        with pytest.raises(
            CannotStart, match=r"could not fetch Kafka .*no route to host.*settings"
        ):
            kafka_jars(tmp_path / "cache")

    def test_other_jars_than_expected_are_refused_and_not_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put_one = """for word; do case $word in -DoutputDirectory=*) to=${word#*=};; esac; done
            mkdir "$to" && echo other >"$to/kafka_2.13-4.2.1.jar" """
        self.fake_maven(tmp_path, put_one)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        with pytest.raises(CannotStart, match=r"other jars.*kafka_2\.13-4\.2\.1\.jar"):
            kafka_jars(tmp_path / "cache")
        assert not list((tmp_path / "cache" / "interlock").iterdir())

    @staticmethod
    def fake_maven(folder: Path, text: str) -> None:
        program = folder / "mvn"
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in (
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "INTERLOCK_STATE_DIR",
        "KAFKA_BOOTSTRAP_SERVERS",
        "DATABASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.chmod(0o700)
    yield tmp_path
    remove(state_dir())


class TestBoth:
    def test_with_an_empty_home_both_start_and_the_next_run_goes_on(self, empty_home: Path) -> None:
        with local_services() as services:
            topic = create_topic(services.bootstrap_servers)
            produce(services.bootstrap_servers, topic, b"first run")
            execute(services.database_url, "CREATE TABLE run AS SELECT 1 AS n")
            first = services.environment()
        with local_services() as services:
            assert services.environment() == first
            assert consume(services.bootstrap_servers, topic) == b"first run"
            assert execute(services.database_url, "SELECT n FROM run") == 1
        folder = empty_home / ".local" / "state" / "interlock"
        elsewhere = [Path(note.read_text().strip()) for note in folder.glob("*/location")]
        remove(folder)
        assert not folder.exists()
        assert not any(place.exists() for place in elsewhere)

    def test_given_addresses_are_taken_and_nothing_is_started(
        self, empty_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092")
        monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/interlock")
        with local_services() as services:
            assert services.bootstrap_servers == "kafka.example:9092"
            assert services.database_url == "postgresql+psycopg2://db.example/interlock"
            assert os.listdir(services.state_dir) == ["lock"]

    def test_a_second_run_on_the_folder_is_told_whose_it_is(
        self, empty_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092")
        monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/interlock")
        mine = rf"another Interlock \(process {os.getpid()}\) uses .*INTERLOCK_STATE_DIR"
        with local_services():
            with pytest.raises(CannotStart, match=mine), local_services():
                pass
            with pytest.raises(CannotStart, match=mine):
                remove(state_dir())
        with local_services():
            pass

    def test_sigterm_stops_both_in_good_order(self, empty_home: Path) -> None:
        code = """
            import time
            from interlock.local import local_services
            from interlock.supervisor import unwinding_on_signals
            with unwinding_on_signals(), local_services() as services:
                print(services.kafka.service.pid, services.postgres.service.pid, flush=True)
                while True:
                    time.sleep(0.2)
        """
        command = [sys.executable, "-c", textwrap.dedent(code)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            pids = [int(pid) for pid in process.stdout.readline().split()]
            process.send_signal(signal.SIGTERM)
            try:
                assert process.wait(30) == 128 + signal.SIGTERM
            finally:
                process.kill()
        assert not any(map(psutil.pid_exists, pids))
        assert not list(state_dir().glob("**/postmaster.pid"))
