"""Which names are suggested in place of one that nothing is called."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.snapshot import Snapshot
from processors.suggestions import suggestions
from schemas.events import JsonObject
from schemas.names import SettingKind, TenantId
from schemas.settings import PluginSpec
from tests.unit.test_snapshot import after, definition, plugin, setting

ACME, OTHER = TenantId("acme"), TenantId("other")


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
    value: JsonObject = {"tool": "mailer", "version": "1.0.0", "parameters": {}}
    settings = after(
        plugin("mailer", version="2.0.0", aliases=["posting"]),
        plugin("b", aliases=["posting"]),
        setting(SettingKind.PLUGIN, "mailer@1.0.0", value),
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
def test_no_name_breaks_suggesting(name: str) -> None:
    suggestions(after(plugin("create_task", aliases=["todo"])), name, ACME)
