"""All that is promised of one output: read alone, drafted, and as a line of `interlock draft`."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
from pydantic import JsonValue

from interlock.config_files import read_config
from interlock.configured import snapshot_of
from processors.draft import DraftFacts
from schemas.events import LlmResponse
from schemas.names import TenantId
from tests.draft_promises import broken_draft_promises, broken_line_promises
from tests.promises import broken_promises

_CONFIG = Path(__file__).parents[2] / "config"
_FACTS = DraftFacts(
    settings=snapshot_of(read_config(_CONFIG, demo=True)),
    now=datetime(2026, 1, 1, tzinfo=UTC),
    content_hash="",
    first_content=None,
)
_RESPONSE = LlmResponse(tenant_id=TenantId("demo"), response_id="r", output="")


def broken(output: JsonValue) -> list[str]:
    response = _RESPONSE.model_copy(update={"output": output})
    said = broken_promises(output) + broken_draft_promises(response, _FACTS)
    try:
        line = orjson.dumps({"response_id": "r", "output": output})
    except TypeError:  # no line can hold it
        return said
    return said + broken_line_promises([line], _FACTS.settings)
