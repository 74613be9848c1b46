"""What is missing is said in one sentence with the remedy."""

import io
import shutil
import socket
from pathlib import Path

import pytest

from interlock.doctor import Check, print_doctor, run_doctor


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """An environment with no programs, no Docker engine and an empty home."""
    for name in ("DOCKER_HOST", "JAVA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("launch.engine._places", list)
    return {"INTERLOCK_STATE_DIR": str(tmp_path / "state")}


def named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def with_program(folder: Path, name: str, text: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)


def test_a_machine_with_neither_docker_nor_java_is_told_how_to_get_kafka(
    bare: dict[str, str],
) -> None:
    check = named(run_doctor(environ=bare), "kafka")
    assert not check.ok
    assert check.sentence == "there is no Java to run Kafka with"
    assert "install Java 17" in check.remedy
    assert "Docker" in check.remedy
    assert "KAFKA_BOOTSTRAP_SERVERS" in check.remedy


def test_an_old_java_is_refused(bare: dict[str, str], tmp_path: Path) -> None:
    with_program(tmp_path, "java", """echo 'openjdk version "1.8.0_412"' >&2""")
    check = named(run_doctor(environ=bare), "kafka")
    assert "is Java 8, and Kafka needs Java 17" in check.sentence


def test_java_without_maven_is_not_enough(bare: dict[str, str], tmp_path: Path) -> None:
    with_program(tmp_path, "java", """echo 'openjdk version "21.0.3" 2024-04-16' >&2""")
    assert "no Maven" in named(run_doctor(environ=bare), "kafka").sentence
    with_program(tmp_path, "mvn", "exit 0")
    assert named(run_doctor(environ=bare), "kafka").sentence == "from Apache Kafka on Java 21"


def test_the_java_of_java_home_goes_before_that_of_the_path(
    bare: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_program(tmp_path, "java", """echo 'openjdk version "11.0.1"' >&2""")
    with_program(tmp_path, "mvn", "exit 0")
    (tmp_path / "home" / "bin").mkdir(parents=True)
    with_program(tmp_path / "home" / "bin", "java", """echo 'java version "17"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert named(run_doctor(environ=bare), "kafka").ok


def test_given_services_are_asked_and_nothing_else_is_needed(bare: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        given = bare | {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:1,{address}"}
        checks = run_doctor(environ=given)
    assert named(checks, "kafka").ok
    assert named(checks, "KAFKA_BOOTSTRAP_SERVERS").ok


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
        ("KAFKA_BOOTSTRAP_SERVERS", "no port"),
        ("DATABASE_URL", "postgresql://someone:secret@127.0.0.1:1/interlock"),
        ("DATABASE_URL", "postgresql+psycopg2://someone:secret@127.0.0.1:1/interlock"),
        ("DATABASE_URL", "not a url with a secret"),
        ("SCHEMA_REGISTRY_URL", "http://127.0.0.1:1"),
        ("SCHEMA_REGISTRY_URL", "not a url"),
        ("IAM_URL", "http://127.0.0.1:1"),
        ("IAM_URL", "not a url"),
    ],
)
def test_a_given_service_that_does_not_answer_is_said(
    bare: dict[str, str], name: str, value: str
) -> None:
    check = named(run_doctor(environ=bare | {name: value}), name)
    assert not check.ok
    assert f"correct {name}" in check.remedy
    assert "secret" not in check.sentence


def test_production_needs_given_services(bare: dict[str, str]) -> None:
    checks = run_doctor(production=True, environ=bare)
    assert not named(checks, "KAFKA_BOOTSTRAP_SERVERS").ok
    assert not named(checks, "DATABASE_URL").ok


def test_without_an_iam_it_says_who_decides_instead(bare: dict[str, str]) -> None:
    check = named(run_doctor(environ=bare), "IAM_URL")
    assert (check.ok, check.required) == (False, False)
    assert "need a person's approval" in check.sentence


def test_a_full_disk_is_said(bare: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    nearly_full = shutil.disk_usage("/")._replace(free=1024**3)
    monkeypatch.setattr("shutil.disk_usage", lambda _: nearly_full)
    check = named(run_doctor(environ=bare), "disk")
    assert not check.ok
    assert check.sentence.startswith("1.0 GiB free for ")


def test_it_prints_a_line_for_each_check_and_setting() -> None:
    out = io.StringIO()
    checks = [
        Check("disk", True, "plenty"),
        Check("setpriv", False, "none", "install it", required=False),
    ]
    assert print_doctor(checks, ["ACTION_SYSTEM_ENABLED=true"], out) == 0
    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["ok", "note", "setting"]
    assert print_doctor([Check("kafka", False, "none", "install it")], (), out) == 1
