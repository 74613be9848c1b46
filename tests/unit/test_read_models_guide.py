"""The guide to the read models says what the code does."""

import re
from pathlib import Path

from schemas.states import ROW_STATUS
from state.tables import metadata

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "read-models.md"
READ_MODELS = (
    "action_executions",
    "action_approvals",
    "action_definitions",
    "tenant_action_settings",
)


def test_the_table_of_states_is_the_mapping_in_the_code() -> None:
    _, _, section = GUIDE.read_text("utf-8").partition("## States and statuses")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (`\w+`|–) \|$", section, re.MULTILINE)
    documented = {
        state: (status, None if approval == "–" else approval.strip("`"))
        for state, status, approval in rows
    }
    assert documented == ROW_STATUS


def test_every_column_of_an_execution_has_its_place_in_the_guide() -> None:
    text = GUIDE.read_text("utf-8")
    columns = {column.name for column in metadata.tables["action_executions"].columns}
    assert {name for name in columns if f"`{name}`" not in text} == set()


def test_the_guide_names_every_read_model() -> None:
    text = GUIDE.read_text("utf-8")
    assert all(f"| `{name}` |" in text for name in READ_MODELS)
