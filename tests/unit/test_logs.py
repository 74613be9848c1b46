"""Logs: one line an event, and nothing in it that was not put there."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from interlock.logs import configure_logs
from interlock.settings import LogFormat, LogLevel, Settings

JSON = Settings(log_level=LogLevel.INFO, log_format=LogFormat.JSON)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(JSON)
    structlog.get_logger().info("decided", tenant="demo", odd={1: object()})
    (line,) = lines(capsys)
    event = json.loads(line)
    assert event["event"] == "decided"
    assert event["tenant"] == "demo"
    assert event["level"] == "info"
    assert event["timestamp"].endswith("Z")


def test_a_traceback_stays_on_its_line_and_shows_no_variables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(JSON)
    password = "hunter" + "2"
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger().exception("failed", length=len(password))
    (line,) = lines(capsys)
    assert "ValueError: no" in json.loads(line)["exception"]
    assert "hunter2" not in line


def test_what_libraries_log_comes_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(JSON)
    logging.getLogger("uvicorn").warning("slow %s", "client")
    (line,) = lines(capsys)
    assert json.loads(line)["event"] == "slow client"


def test_levels_below_the_set_one_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_level=LogLevel.WARNING, log_format=LogFormat.JSON))
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    (line,) = lines(capsys)
    assert "loud" in line


def test_the_console_form_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_level=LogLevel.INFO, log_format=LogFormat.CONSOLE))
    structlog.get_logger().info("decided", tenant="demo")
    (line,) = lines(capsys)
    assert "decided" in line
    assert "tenant=demo" in line
