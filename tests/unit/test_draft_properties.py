"""What holds for whatever response draft reads: it answers, and what it says can be written."""

import functools
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from interlock.config_files import read_config
from interlock.configured import snapshot_of
from processors.draft import DraftFacts
from processors.snapshot import Snapshot
from schemas.events import LlmResponse
from tests.draft_promises import broken_draft_promises, broken_line_promises
from tests.examples import examples
from tests.fragments import TEXTS
from tests.fuzz.checks import broken
from tests.unit.formats.test_properties import texts, values
from tests.unit.schemas.any_event import any_event

CONFIG = Path(__file__).parents[2] / "config"
TEMPLATES = ("crear_tarea", "notificar_equipo", "investigar_anomalia_ventas", "none such")
LINES = ("crear tarea Revisar", "Avisar a ventas: x", "Thought: x\nAction: create_task\n")
outputs = values | texts | st.sampled_from(TEXTS) | st.sampled_from(LINES)
instants = st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))
few = settings(max_examples=examples(), suppress_health_check=list(HealthCheck))


@functools.cache
def snapshots() -> list[Snapshot]:
    """Without a catalog, and with the shipped one and its templates."""
    return [Snapshot(), snapshot_of(read_config(CONFIG, demo=True))]


@few
@given(
    any_event(LlmResponse), outputs, st.none() | st.sampled_from(TEMPLATES), instants, st.booleans()
)
def test_any_response_is_answered_with_events_that_can_be_written(
    response: LlmResponse, output: object, template: str | None, now: datetime, catalog: bool
) -> None:
    response = response.model_copy(update={"output": output, "action_template": template})
    facts = DraftFacts(settings=snapshots()[catalog], now=now, content_hash="", first_content=None)
    assert broken_draft_promises(response, facts) == []


@pytest.mark.parametrize(
    "output",
    [
        "Action: a\x00b\nAction: c\nAction Input: {}",
        "Action: a<think>x</think>b\nAction: c\nAction Input: {}",
        "Action: \ud800",
        {"actions": [{"name": "create_task", "not_before": "2026\x00"}]},
        {"actions": [{"name": "a\x00b", "params": {"a\x00b": 1}}]},
        {"actions": [{"name": "a", "params": {}, "reasoning": "\x00"}]},
    ],
)
def test_an_error_quotes_nothing_that_no_database_keeps(output: JsonValue) -> None:
    assert broken(output) == []


def _line(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate, an integer beyond 64 bits
        return repr(value).encode("utf-8", "surrogatepass")


responses = st.fixed_dictionaries(
    {"output": outputs}, optional=dict.fromkeys(("response_id", "tenant_id", "context"), outputs)
)
lines = st.binary(max_size=40) | (responses | outputs).map(_line)


@few
@given(st.lists(lines.map(lambda line: line.replace(b"\n", b" ")), max_size=4), st.booleans())
def test_one_line_in_is_one_line_out(given: list[bytes], catalog: bool) -> None:
    assert broken_line_promises(given, snapshots()[catalog]) == []
