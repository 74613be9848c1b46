"""The configuration that ships, and how a wrong one is refused."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from interlock.config_files import Wanted, read_config, wanted
from interlock.config_plan import Act, Difference, differences
from interlock.keys import new_key, public_jwk
from plugins.catalog import built_in
from plugins.reports_folder import ReportsFolder
from processors.settings_log import apply
from processors.snapshot import Snapshot
from schemas.events import Setting
from schemas.faults import ProcessFault
from schemas.names import RiskLevel, SettingKind, TenantId
from schemas.settings import Flag, PluginSpec, SourceLabel, TenantSettings
from tests.unit.test_snapshot import AT

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = "react/action_templates.yaml"


def in_force(wants: list[Wanted], base: Snapshot | None = None) -> Snapshot:
    snapshot = base or Snapshot()
    for offset, want in enumerate(wants, snapshot.version + 1):
        said = Setting(kind=want.kind, key=want.key, value=want.value, actor="a", at=AT)
        snapshot = apply(snapshot, offset, said, {})
    return snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped configuration, to be damaged."""
    shutil.copytree(REPOSITORY / "config", tmp_path / "config")
    shutil.copytree(REPOSITORY / "plugins" / "parameters", tmp_path / "plugins" / "parameters")
    return tmp_path / "config"


@pytest.fixture
def shipped() -> Snapshot:
    return in_force(read_config(REPOSITORY / "config", demo=True))


def test_what_ships_counts_without_a_problem(shipped: Snapshot) -> None:
    assert shipped.problem_count == 0


def test_without_demo_no_tenant_has_automation() -> None:
    shipped = in_force(read_config(REPOSITORY / "config"))
    assert not any(tenant.automation_enabled for tenant in shipped.tenants.values())
    assert shipped.tenant(TenantId("demo")) is None


@pytest.mark.parametrize(
    ("action_type", "tool", "impact", "reversible"),
    [
        ("create_task", "create_task", RiskLevel.LOW, "yes"),
        ("send_notification", "send_notification", RiskLevel.LOW, "limited"),
        ("update_inventory", "update_inventory", RiskLevel.HIGH, "yes"),
        ("generate_report", "generate_report", RiskLevel.MEDIUM, "no"),
        ("crm_query", "crm-query", RiskLevel.LOW, "yes"),
    ],
)
def test_each_shipped_type_has_its_tool(
    shipped: Snapshot, action_type: str, tool: str, impact: RiskLevel, reversible: str
) -> None:
    for name in (action_type, tool):
        definition, plugin = shipped.resolve(name)
        assert definition is not None
        assert plugin is not None
        assert (definition.action_type, plugin.tool) == (action_type, tool)
        assert (definition.impact_level, definition.reversible) == (impact, reversible)


def test_the_catalog_agrees_with_the_plugin_host(shipped: Snapshot, tmp_path: Path) -> None:
    served = built_in(ReportsFolder(tmp_path)).as_json()["tools"]
    assert isinstance(served, list)
    for entry in served:
        assert isinstance(entry, dict)
        plugin = shipped.plugin(str(entry["tool"]))
        assert plugin is not None
        assert plugin.version == entry["version"]
        assert plugin.parameters == entry["parameters"]
        assert plugin.idempotent == entry["idempotent"]
        assert plugin.risk_label.rank >= RiskLevel(str(entry["risk"])).rank
        assert plugin.risk_labelled_at is not None
        assert plugin.risk_labelled_at >= datetime.fromisoformat(str(entry["risk_labelled_at"]))
        assert plugin.permissions == entry["permissions"]
        assert plugin.sensitive_parameters == entry["sensitive_parameters"]
        assert plugin.no_effect_on_error == entry["no_effect_on_error"]
        assert plugin.contact


def test_what_a_tenants_file_leaves_out_is_the_default(folder: Path) -> None:
    (folder / "tenants" / "acme.yaml").write_text("automation_enabled: true\n")
    defaults = TenantSettings(max_actions_per_hour=3)
    acme = in_force(read_config(folder, tenant_defaults=defaults)).tenant(TenantId("acme"))
    assert acme == TenantSettings(automation_enabled=True, max_actions_per_hour=3)


def test_approvers_may_be_in_a_file(folder: Path) -> None:
    approver = {
        "public_key": public_jwk(new_key("ana-1")),
        "actor": "ana@example.com",
        "tenants": ["acme"],
        "roles": ["approver"],
    }
    (folder / "approvers.yaml").write_text(yaml.safe_dump({"ana-1": approver}))
    (found,) = [w for w in read_config(folder) if w.kind is SettingKind.APPROVER]
    assert (found.key, found.value) == ("ana-1", approver)


Damage = Callable[[Any], object]


@pytest.mark.parametrize(
    ("file", "damage", "text"),
    [
        (
            "actions.yaml",
            lambda f: f["create_task"].update(requires_aproval=True),
            "did you mean `requires_approval`",
        ),
        ("actions.yaml", lambda f: f["create_task"].update(tools=["gone"]), "no tool `gone`"),
        ("actions.yaml", lambda f: f["create_task"].update(impact_level="tiny"), "impact_level"),
        ("actions.yaml", lambda f: f.update(create_task=None), "mapping of fields"),
        (
            "actions.yaml",
            lambda f: f["update_inventory"]["magnitudes"][0].update(pointer="/quantity"),
            "no tool of it has a parameter at `/quantity`",
        ),
        (
            "actions.yaml",
            lambda f: f["update_inventory"]["magnitudes"][0].update(above=3),
            "magnitudes.0.above",
        ),
        (
            "plugins/catalog.yaml",
            lambda f: f["crm-query"].update(magnitudes=[{"kind": "payee", "pointer": "/iban"}]),
            "no tool of it has a parameter at `/iban`",
        ),
        ("tenants/demo.yaml", lambda f: f.update(working_hours={"from": 540}), "working_hours"),
        ("plugins/catalog.yaml", lambda f: f["crm-query"].pop("version"), "version"),
        ("plugins/catalog.yaml", lambda f: f["crm-query"].update(version=1.0), "version"),
        (
            "plugins/catalog.yaml",
            lambda f: f["crm-query"].update(aliases=["create_task"]),
            "name already",
        ),
        (
            "plugins/catalog.yaml",
            lambda f: f["crm-query"].update(parameters_file="none.json"),
            "none.json",
        ),
        ("tenants/demo.yaml", lambda f: f.update(automation_enable=True), "automation_enable"),
        ("tenants/demo.yaml", lambda f: f.update(canary_percentage=50), "canary_percentage"),
        (
            "tenants/demo.yaml",
            lambda f: f.update(preapproved_action_types=["drop_tables"]),
            "drop_tables",
        ),
        (
            TEMPLATES,
            lambda f: f["investigar_anomalia_ventas"]["steps"][1].update(tool="gone@^1"),
            "investigar_anomalia_ventas, step aviso: there is no tool `gone`",
        ),
        (TEMPLATES, lambda f: f["crear_tarea"].update(paterns=[]), "paterns"),
        (TEMPLATES, lambda f: f["crear_tarea"].update(patterns=["("]), "crear_tarea/patterns/0"),
        (
            TEMPLATES,
            lambda f: f["crear_tarea"]["steps"][0]["parameters"].update(titulo="{{ nobody }}"),
            "crear_tarea/steps/0/parameters/titulo: there is no variable `nobody`",
        ),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(
    folder: Path, file: str, damage: Damage, text: str
) -> None:
    content = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
    damage(content)
    (folder / file).write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ProcessFault) as refused:
        read_config(folder, demo=True)
    assert refused.value.code == "config_unreadable"
    assert text in refused.value.text
    assert file in refused.value.text
    assert "\n" not in refused.value.text


def test_there_may_be_no_templates(folder: Path) -> None:
    (folder / TEMPLATES).unlink()
    assert not in_force(read_config(folder)).templates


def test_a_template_that_no_file_names_any_more_is_deleted_on_request(
    folder: Path, shipped: Snapshot
) -> None:
    (folder / TEMPLATES).unlink()
    found = differences(read_config(folder, demo=True), shipped, prune=True)
    assert {(d.act, d.kind) for d in found} == {(Act.DELETE, SettingKind.TEMPLATE)}
    assert {d.key for d in found} == set(shipped.templates)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: {version: 1.0.0}\na: {version: 1.0.0}\n", "line 2, column 1: `a` stands here twice"),
        ("a: {version: 1.0.0, version: 2.0.0}\n", "line 1, column 21: `version` stands here twice"),
        ("a: [\n", "line 2, column 1"),
        ("a: *nobody\n", "line 1, column 4"),
    ],
)
def test_a_broken_file_is_told_with_its_place(folder: Path, text: str, why: str) -> None:
    (folder / "plugins" / "catalog.yaml").write_text(text)
    with pytest.raises(ProcessFault) as told:
        read_config(folder)
    assert why in told.value.text
    assert "\n" not in told.value.text


def test_a_templates_range_must_be_satisfied_by_what_is_offered(folder: Path) -> None:
    file = folder / "react" / "action_templates.yaml"
    said = yaml.safe_load(file.read_text())
    said["consultar_cliente"]["steps"][0]["tool"] = "crm-query@^9"
    file.write_text(yaml.safe_dump(said))
    with pytest.raises(ProcessFault, match="no version of `crm-query` satisfies"):
        read_config(folder)


def test_a_schema_that_is_none_is_refused(folder: Path) -> None:
    schema = folder.parent / "plugins" / "parameters" / "create_task.json"
    schema.write_text('{"type": "no such type"}')
    with pytest.raises(ProcessFault, match=r"create_task\.json"):
        read_config(folder)


# --- what differs --------------------------------------------------------------------------


def tenant(name: str = "acme", **fields: Any) -> Wanted:
    return wanted(SettingKind.TENANT, name, TenantSettings(**fields))


def test_nothing_differs_from_itself(shipped: Snapshot) -> None:
    assert differences(read_config(REPOSITORY / "config", demo=True), shipped) == []


def test_what_is_new_is_added_and_what_changed_is_shown_by_field() -> None:
    now = in_force([tenant(max_actions_per_hour=1)])
    found = differences([tenant(max_actions_per_hour=2), tenant("new")], now)
    assert [(d.act, d.key, d.fields) for d in found] == [
        (Act.CHANGE, "acme", ("max_actions_per_hour: 1 → 2",)),
        (Act.ADD, "new", ()),
    ]


def test_a_one_is_not_a_true() -> None:
    loose = Wanted(SettingKind.TENANT, "acme", {"automation_enabled": 1})
    exact = Wanted(SettingKind.TENANT, "acme", {"automation_enabled": True})
    (found,) = differences([exact], in_force([loose]))
    assert found.fields == ("automation_enabled: 1 → true",)


def test_what_is_in_no_file_is_deleted_only_on_request() -> None:
    now = in_force([tenant(), wanted(SettingKind.FLAG, "x", Flag(enabled=False))])
    assert differences([], now) == [Difference(Act.KEEP, SettingKind.TENANT, "acme")]
    assert differences([], now, prune=True) == [Difference(Act.DELETE, SettingKind.TENANT, "acme")]


def test_a_setting_that_could_not_be_read_is_published_again() -> None:
    broken = Wanted(SettingKind.TENANT, "acme", {"canary_percentage": "?"})
    (found,) = differences([tenant()], in_force([broken]))
    assert found.act is Act.ADD


def test_a_tool_that_came_from_another_catalog_is_never_pruned() -> None:
    spec = PluginSpec(tool="t", version="1.0.0", parameters={}, source="http://tools")
    own = PluginSpec(tool="own", version="1.0.0", parameters={})
    label = SourceLabel(risk_label=RiskLevel.HIGH, labelled_at=AT, source="http://tools")
    now = in_force(
        [
            wanted(SettingKind.PLUGIN, "t", spec),
            wanted(SettingKind.PLUGIN, "own", own),
            wanted(SettingKind.LABEL, "t", label),
        ]
    )
    kept = Difference(Act.KEEP, SettingKind.PLUGIN, "t", source="http://tools")
    assert differences([], now, prune=True) == [
        Difference(Act.DELETE, SettingKind.PLUGIN, "own"),
        kept,
    ]
    assert kept in differences([], now)


def test_a_file_that_names_such_a_tool_takes_it_over_and_the_plan_says_so() -> None:
    spec = PluginSpec(tool="t", version="1.0.0", parameters={}, source="http://tools")
    now = in_force([wanted(SettingKind.PLUGIN, "t", spec)])
    by_hand = wanted(SettingKind.PLUGIN, "t", spec.model_copy(update={"source": None}))
    (found,) = differences([by_hand], now)
    assert found.fields == ('source: "http://tools" → null',)


def test_long_texts_are_shown_from_where_they_differ() -> None:
    long = {"properties": {f"p{n}": {"type": "string"} for n in range(40)}}
    before = PluginSpec(tool="t", version="1.0.0", parameters=long)
    after = before.model_copy(update={"parameters": {**long, "required": ["p7"]}})
    now = in_force([wanted(SettingKind.PLUGIN, "t", before)])
    (found,) = differences([wanted(SettingKind.PLUGIN, "t", after)], now)
    assert '"required":["p7"]' in found.fields[0]
