"""What a reference means, and what is suggested when it means nothing."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.catalog import By, match
from processors.snapshot import Snapshot
from processors.suggestions import suggestions
from schemas.events import JsonObject
from schemas.names import SettingKind, TenantId
from schemas.settings import PluginSpec
from tests.unit.test_snapshot import after, definition, plugin, setting

ACME, OTHER = TenantId("acme"), TenantId("other")


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


# --- suggestions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("create_tsk", "create_task"),
        ("createTask", "create_task"),
        ("CREATE TASK", "create_task"),
        ("Create-Task", "create_task"),
        ("crm_qery", "crm-query"),
        ("crn", "crm"),
        ("crm-query@^9", "crm-query"),
    ],
)
def test_close_names_are_suggested_best_first(name: str, first: str) -> None:
    settings = after(
        plugin("create_task", aliases=["todo"]),
        plugin("crm-query", aliases=["crm"]),
        plugin("delete_task"),
    )
    assert suggestions(settings, name, ACME)[0] == first


def test_nothing_close_is_no_suggestion() -> None:
    settings = after(plugin("create_task"))
    assert suggestions(settings, "weather", ACME) == []
    assert suggestions(settings, "", ACME) == []
    assert suggestions(Snapshot(), "create_task", ACME) == []


def test_no_more_than_asked_for_and_one_of_names_that_are_alike() -> None:
    settings = after(
        *(plugin(f"task-{n}") for n in range(9)),
        plugin("crm-query", aliases=["CrmQuery"]),
        definition("crm_query", ["crm-query"]),
    )
    assert len(suggestions(settings, "task", ACME)) == 3
    assert len(suggestions(settings, "task", ACME, most=1)) == 1
    assert suggestions(settings, "crmquery", ACME) == ["crm_query"]


def test_what_others_may_use_is_not_hinted_at() -> None:
    settings = after(
        plugin("payroll-export", tenants=["other"], aliases=["payroll"]),
        plugin("nobodys-payroll", tenants=[]),
        definition("payroll_run", ["payroll-export"]),
        definition("payroll_off", ["payroll-export"], is_active=False),
    )
    assert suggestions(settings, "payroll", ACME) == []
    assert set(suggestions(settings, "payroll", OTHER)) == {"payroll", "payroll_run"} | {
        "payroll-export"
    }
    barred = setting(SettingKind.TENANT, "other", {"allowed_action_types": []})
    assert "payroll_run" not in suggestions(after(barred, base=settings), "payroll_run", OTHER)


def test_an_ambiguous_alias_and_another_version_are_not_suggested() -> None:
    settings = version("mailer", "1.0.0")(
        after(plugin("mailer", aliases=["posting"]), plugin("b", aliases=["posting"]))
    )
    assert suggestions(settings, "posting", ACME) == []
    assert suggestions(settings, "mailer@1.0.0", ACME) == ["mailer"]


def large(tools: int) -> Snapshot:
    specs = {
        f"department-{n % 40}.system{n}-do_things": PluginSpec(
            tool=f"department-{n % 40}.system{n}-do_things",
            version="1.0.0",
            parameters={},
            aliases=[f"alias{n}"],
        )
        for n in range(tools)
    }
    return Snapshot(plugins=specs, tools={f"alias{n}": tool for n, tool in enumerate(specs)})


@pytest.mark.parametrize("name", ["department-3.system7-do_thing", "a" * 100_000, "dsm-_" * 9_000])
def test_a_large_catalog_and_a_hostile_name_cost_little(name: str) -> None:
    settings = large(1_000)
    suggestions(settings, name, ACME)
    best = min(_seconds(settings, name) for _ in range(5))
    # Meant: 5 ms. A busy machine may take longer, but comparing letter by letter takes seconds.
    assert best < 0.05


def _seconds(settings: Snapshot, name: str) -> float:
    start = time.perf_counter()
    suggestions(settings, name, ACME)
    return time.perf_counter() - start


@given(st.text(max_size=200))
def test_no_name_breaks_matching_or_suggesting(name: str) -> None:
    settings = after(plugin("create_task", aliases=["todo"]))
    match(settings, name)
    suggestions(settings, name, ACME)
