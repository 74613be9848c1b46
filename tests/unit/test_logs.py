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


IBAN = "ES91 2100 0418 4502 0005 1332"
MAIL = "eva.martin@cliente.example"
KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.CONSOLE])
def test_nothing_sensitive_is_in_a_line_whoever_bound_it(
    capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    configure_logs(Settings(log_level=LogLevel.INFO, log_format=form))
    log = structlog.get_logger()
    said = f"pay {IBAN}, tell {MAIL}, key {KEY}"
    log.info(said, tenant="demo")
    log.warning("waiting", code="x", text=said, error=repr(ValueError(said)))
    log.error("failed", params={"titulo": "secreto"}, password="hunter2", phone=612345678)
    log.error(
        "failed", detail={"mails": [MAIL], "token": KEY}, odd={1: {MAIL}}, other=said.encode()
    )
    logging.getLogger("uvicorn").warning("cannot %s", said)
    try:
        raise ValueError(said)
    except ValueError:
        log.exception("failed")
        logging.getLogger("uvicorn").exception("failed")
    out = capsys.readouterr().out
    hidden = (IBAN, MAIL, "eva.martin", KEY, "hunter2", "612345678", "secreto")
    assert [secret for secret in hidden if secret in out] == []
    assert "e***@cliente.example" in out
    assert "ValueError" in out


def test_what_lines_are_found_by_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(JSON)
    found_by = {
        "tenant": "clinic@example.com",
        "action_id": "28ece54f-efbe-58f6-b86a-7df4efb1bfbd",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "topic": "actions.drafted",
        "offset": 612345678,
        "code": "http_404",
    }
    structlog.get_logger().info("decided", text="127.0.0.1:24746 closed after 1949 ms", **found_by)
    (line,) = lines(capsys)
    assert json.loads(line).items() >= found_by.items()
    assert json.loads(line)["text"] == "127.0.0.1:24746 closed after 1949 ms"
