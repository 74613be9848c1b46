"""What a reference to a tool means."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.catalog import By, match
from processors.snapshot import Snapshot
from schemas.events import JsonObject
from schemas.names import SettingKind
from tests.unit.test_snapshot import after, definition, plugin, setting


def version(tool: str, text: str) -> Callable[[Snapshot], Snapshot]:
    value: JsonObject = {"tool": tool, "version": text, "parameters": {}}
    said = setting(SettingKind.PLUGIN, f"{tool}@{text}", value)
    return lambda base: after(said, base=base)


@pytest.fixture
def settings() -> Snapshot:
    snapshot = after(
        plugin("crm-query", version="1.2.0", aliases=["crm"]),
        plugin("mailer", version="2.0.0", aliases=["post", "crm2"]),
        definition("crm_query", ["crm-query"]),
        definition("notify", ["gone", "mailer"]),
    )
    for tool, text in [
        ("crm-query", "1.10.0"),
        ("crm-query", "1.9.0"),
        ("crm-query", "2.0.0-rc.1"),
        ("crm-query", "not a version"),
        ("mailer", "1.0.0"),
    ]:
        snapshot = version(tool, text)(snapshot)
    return snapshot


@pytest.mark.parametrize(
    ("reference", "tool", "version", "by"),
    [
        ("crm_query", "crm-query", "1.2.0", By.EXACT),
        ("crm-query", "crm-query", "1.2.0", By.EXACT),
        ("crm", "crm-query", "1.2.0", By.ALIAS),
        ("notify", "mailer", "2.0.0", By.EXACT),
        ("crm-query@^1.2", "crm-query", "1.10.0", By.VERSION),
        ("crm-query@1.9.0", "crm-query", "1.9.0", By.VERSION),
        ("crm-query@1.2.0", "crm-query", "1.2.0", By.VERSION),
        ("crm-query@<1.10", "crm-query", "1.9.0", By.VERSION),
        ("crm-query@*", "crm-query", "1.10.0", By.VERSION),
        ("crm-query@^2.0.0-rc.0", "crm-query", "2.0.0-rc.1", By.VERSION),
        ("crm@~1.9", "crm-query", "1.9.0", By.VERSION),
        ("crm_query@~1.9", "crm-query", "1.9.0", By.VERSION),
        ("notify@^1", "mailer", "1.0.0", By.VERSION),
    ],
)
def test_what_a_reference_means(
    settings: Snapshot, reference: str, tool: str, version: str, by: By
) -> None:
    found = match(settings, reference)
    assert found is not None
    assert found.definition is not None
    assert found.plugin is not None
    assert (found.plugin.tool, found.plugin.version, found.by) == (tool, version, by)


@pytest.mark.parametrize(
    "reference",
    [
        *("", "@", "@^1", "crm-query@^3", "crm-query@latest", "crm-query@not a version", "Crm"),
        *("gone", "gone@*", "crm-query@1@2", "crm-query@" + "9" * 300, "crm" * 1000),
    ],
)
def test_what_means_nothing(settings: Snapshot, reference: str) -> None:
    assert match(settings, reference) is None


def test_a_version_offered_twice_is_the_one_in_force(settings: Snapshot) -> None:
    same = version("crm-query", "1.2.0+other")(settings)
    found = match(same, "crm-query@1.2.0")
    assert found is not None
    assert found.plugin is same.plugin("crm-query")


def test_an_alias_that_two_tools_claim_means_nothing_with_a_range_either() -> None:
    settings = after(plugin("a", aliases=["x"]), plugin("b", aliases=["x"]))
    assert match(settings, "x") is None
    assert match(settings, "x@*") is None


def test_a_type_comes_before_a_tool_and_a_tool_before_an_alias() -> None:
    settings = after(plugin("mail"), plugin("post", aliases=["mail"]), definition("mail", ["post"]))
    found = match(settings, "mail")
    assert found is not None
    assert found.plugin is settings.plugin("post")
    without = after(setting(SettingKind.DEFINITION, "mail", None), base=settings)
    found = match(without, "mail")
    assert found is not None
    assert found.plugin is without.plugin("mail")
    assert found.definition is None


def test_a_type_without_a_tool_is_still_that_type() -> None:
    found = match(after(definition("notify", ["gone"])), "notify")
    assert found is not None
    assert found.plugin is None


def test_a_model_cannot_choose_a_version(settings: Snapshot) -> None:
    """An older one may be labelled milder; `resolve` is what models' names go through."""
    assert settings.resolve("crm-query@1.9.0") == (None, None)


@given(st.text(max_size=200))
def test_no_name_breaks_matching(name: str) -> None:
    match(after(plugin("create_task", aliases=["todo"])), name)
