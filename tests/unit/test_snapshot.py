"""What is in force after which records, and what a record that cannot count leaves in force."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from processors.settings_log import PROBLEMS_KEPT, apply, reducer
from processors.signatures import public_key, signed_setting
from processors.snapshot import FLAGS, Snapshot
from schemas.codec import encode
from schemas.events import JsonObject, Setting
from schemas.names import RiskLevel, SettingKind, TenantId
from schemas.records import Coordinates, Record
from schemas.settings import TenantSettings

AT = datetime(2026, 3, 1, tzinfo=UTC)
DEMO = TenantId("demo")


def key(kid: str) -> OKPKey:
    made = OKPKey.generate_key("Ed25519")
    return OKPKey.import_key({**made.as_dict(private=True), "kid": kid})


def public(of: OKPKey) -> JsonObject:
    return {name: str(value) for name, value in of.as_dict(private=False).items()}


ADMIN = key("admin-1")
ANA = key("ana-1")
ADMINS = {"admin-1": public_key(public(ADMIN))}
ANA_SAYS: JsonObject = {
    "public_key": public(ANA),
    "actor": "ana@example.com",
    "tenants": ["demo"],
    "roles": ["approver"],
}


def setting(kind: SettingKind, name: str, value: JsonObject | None, *, minute: int = 0) -> Setting:
    return Setting(kind=kind, key=name, value=value, actor="ops", at=AT + timedelta(minutes=minute))


def by_admin(kind: SettingKind, name: str, value: JsonObject | None, *, minute: int = 0) -> Setting:
    return signed_setting(setting(kind, name, value, minute=minute), ADMIN)


def plugin(tool: str, **fields: Any) -> Setting:
    value = {"tool": tool, "version": "1.0.0", "parameters": {}, **fields}
    return setting(SettingKind.PLUGIN, tool, value)


def definition(action_type: str, tools: list[str], **fields: Any) -> Setting:
    value = {"action_type": action_type, "name": action_type, "tools": tools, **fields}
    return setting(SettingKind.DEFINITION, action_type, value)


def after(*settings: Setting, base: Snapshot | None = None) -> Snapshot:
    snapshot = base or Snapshot()
    for offset, said in enumerate(settings, snapshot.version + 1):
        snapshot = apply(snapshot, offset, said, ADMINS)
    return snapshot


def record(offset: int, value: bytes | None, name: str | None = None) -> Record:
    return Record(
        Coordinates("control.settings", 0, offset), name.encode() if name else None, value
    )


def reduced(*records: Record, base: Snapshot | None = None) -> Snapshot:
    return reducer(ADMINS)(base or Snapshot(), records)


def codes(snapshot: Snapshot) -> list[str]:
    return [problem.code for problem in snapshot.problems]


ON: JsonObject = {"automation_enabled": True, "approval_required": False}


# --- what is in force ----------------------------------------------------------------------


def test_nothing_is_known_at_first() -> None:
    empty = Snapshot()
    assert empty.version == -1
    assert empty.tenant(DEMO) is None
    assert empty.resolve("create_task") == (None, None)
    assert empty.frozen("demo", "create_task", "create_task") is None
    assert all(empty.flag(name) for name in FLAGS)


def test_the_version_is_the_offset_of_the_last_record() -> None:
    snapshot = apply(Snapshot(), 41, setting(SettingKind.TENANT, "demo", ON), ADMINS)
    assert snapshot.version == 41


def test_the_last_record_of_a_key_counts_and_one_without_value_deletes() -> None:
    changed = after(
        setting(SettingKind.TENANT, "demo", ON),
        setting(SettingKind.TENANT, "demo", {**ON, "max_actions_per_hour": 7}),
    )
    tenant = changed.tenant(DEMO)
    assert tenant is not None
    assert tenant.max_actions_per_hour == 7
    assert after(setting(SettingKind.TENANT, "demo", None), base=changed).tenant(DEMO) is None


def test_a_snapshot_never_changes() -> None:
    before = after(setting(SettingKind.TENANT, "demo", ON))
    after(setting(SettingKind.TENANT, "demo", None), base=before)
    assert before.tenant(DEMO) is not None


def test_a_flag_is_on_until_it_is_switched_off() -> None:
    off = after(setting(SettingKind.FLAG, "plugin-risk-guard", {"enabled": False}))
    assert not off.flag("plugin-risk-guard")
    assert off.flag("react-action-router")
    assert after(setting(SettingKind.FLAG, "plugin-risk-guard", None), base=off).flag(
        "plugin-risk-guard"
    )


# --- names ---------------------------------------------------------------------------------


def test_a_type_resolves_to_the_first_of_its_tools_the_catalog_has() -> None:
    snapshot = after(plugin("second"), definition("notify", ["first", "second"]))
    found, tool = snapshot.resolve("notify")
    assert found is not None
    assert tool is not None
    assert (found.action_type, tool.tool) == ("notify", "second")


def test_a_type_none_of_whose_tools_exist_is_still_that_type() -> None:
    found, tool = after(definition("notify", ["gone"])).resolve("notify")
    assert found is not None
    assert tool is None


def test_a_tool_and_its_exact_alias_resolve_to_the_type_it_serves() -> None:
    snapshot = after(
        plugin("crm-query", aliases=["crm", "CRM"]), definition("crm_query", ["crm-query"])
    )
    for name in ("crm-query", "crm", "CRM"):
        found, tool = snapshot.resolve(name)
        assert found is not None
        assert tool is not None
        assert (found.action_type, tool.tool) == ("crm_query", "crm-query")


@pytest.mark.parametrize("name", ["Crm", "crm-query ", " crm", "crm_quer", "", "crm-query@1.0.0"])
def test_nothing_like_a_name_is_that_name(name: str) -> None:
    snapshot = after(plugin("crm-query", aliases=["crm"]))
    assert snapshot.resolve(name) == (None, None)


def test_an_alias_that_two_tools_claim_is_nobodys() -> None:
    snapshot = after(plugin("a", aliases=["x", "y"]), plugin("b", aliases=["x"]))
    assert snapshot.resolve("x") == (None, None)
    assert snapshot.resolve("y")[1] is not None
    assert after(plugin("b"), base=snapshot).resolve("x")[1] is not None


def test_a_tool_of_several_types_is_taken_for_the_gravest() -> None:
    snapshot = after(
        plugin("mailer"),
        definition("a_note", ["mailer"], impact_level="low"),
        definition("mass_mail", ["mailer"], impact_level="critical"),
    )
    found, _ = snapshot.resolve("mailer")
    assert found is not None
    assert found.impact_level is RiskLevel.CRITICAL


def test_a_tools_other_versions_stay_while_they_are_offered() -> None:
    old: JsonObject = {"tool": "mailer", "version": "1.0.0", "parameters": {}}
    snapshot = after(
        plugin("mailer", version="2.0.0"), setting(SettingKind.PLUGIN, "mailer@1.0.0", old)
    )
    versions = [snapshot.plugin("mailer"), snapshot.plugin("mailer", "1.0.0")]
    assert [found.version for found in versions if found] == ["2.0.0", "1.0.0"]
    assert snapshot.plugin("mailer", "3.0.0") is None
    assert snapshot.plugin("mailer@1.0.0") is None


# --- freezes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({}, True),
        ({"tenant": "demo"}, True),
        ({"tenant": "other"}, False),
        ({"action_type": "create_task"}, True),
        ({"action_type": "other"}, False),
        ({"tool": "create_task"}, True),
        ({"tool": "other"}, False),
        ({"tenant": "demo", "tool": "other"}, False),
        ({"tenant": "demo", "action_type": "create_task", "tool": "create_task"}, True),
    ],
)
def test_a_freeze_covers_what_is_within_all_its_fields(scope: JsonObject, covered: bool) -> None:
    snapshot = after(by_admin(SettingKind.FREEZE, "f", scope))
    assert (snapshot.frozen("demo", "create_task", "create_task") is not None) is covered


def test_lifting_one_freeze_leaves_the_others() -> None:
    snapshot = after(
        by_admin(SettingKind.FREEZE, "all", {}),
        by_admin(SettingKind.FREEZE, "mail", {"tool": "mailer"}),
        by_admin(SettingKind.FREEZE, "all", None, minute=1),
    )
    assert snapshot.frozen("demo", "t", "mailer") is not None
    assert snapshot.frozen("demo", "t", "crm-query") is None


# --- what cannot count ---------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xc3\x01nonsense", b'{"kind": "tenant"}'])
def test_an_unreadable_tenant_record_switches_its_automation_off(value: bytes | None) -> None:
    before = after(setting(SettingKind.TENANT, "demo", ON), setting(SettingKind.TENANT, "b", ON))
    now = reduced(record(2, value, "tenant:demo"), base=before)
    assert now.tenant(DEMO) == TenantSettings()
    assert now.tenant(TenantId("b")) == before.tenant(TenantId("b"))
    assert now.version == 2
    assert "tenant:demo" not in now.settings
    assert now.problems[-1].setting == "tenant:demo"


@pytest.mark.parametrize(
    "value", [{"automation_enabled": "perhaps"}, {**ON, "canary_percentage": 7}]
)
def test_a_tenant_value_that_is_none_switches_its_automation_off(value: JsonObject) -> None:
    now = after(setting(SettingKind.TENANT, "demo", ON), setting(SettingKind.TENANT, "demo", value))
    assert now.tenant(DEMO) == TenantSettings()
    assert codes(now) == ["value_unreadable"]


def test_an_unreadable_plugin_or_definition_is_gone() -> None:
    before = after(plugin("mailer", aliases=["mail"]), definition("notify", ["mailer"]))
    now = reduced(record(2, b"{", "plugin:mailer"), base=before)
    assert now.plugin("mailer") is None
    assert now.resolve("mail") == (None, None)
    now = reduced(record(3, b"{", "definition:notify"), base=now)
    assert now.definition("notify") is None


def test_an_unreadable_flag_is_off() -> None:
    assert not reduced(record(0, b"{", "flag:plugin-risk-guard")).flag("plugin-risk-guard")
    assert not after(setting(SettingKind.FLAG, "x", {})).flag("x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("other", {"tool": "mailer", "version": "1", "parameters": {}}),
        ("mailer@2", {"tool": "mailer", "version": "1", "parameters": {}}),
        ("a@b", {"tool": "a@b", "version": "1", "parameters": {}}),
    ],
)
def test_a_plugin_stands_under_its_own_name(name: str, value: JsonObject) -> None:
    now = after(setting(SettingKind.PLUGIN, name, value))
    assert not now.plugins
    assert codes(now) == ["value_unreadable"]


def test_a_definition_stands_under_its_own_name() -> None:
    value: JsonObject = {"action_type": "delete_all", "name": "x", "tools": []}
    assert not after(setting(SettingKind.DEFINITION, "create_task", value)).definitions


@pytest.mark.parametrize("kind", [SettingKind.APPROVER, SettingKind.FREEZE])
def test_an_unsigned_approver_or_freeze_does_nothing(kind: SettingKind) -> None:
    value = ANA_SAYS if kind is SettingKind.APPROVER else {}
    now = after(setting(kind, "ana-1", value))
    assert not now.approvers
    assert not now.freezes
    assert codes(now) == ["signature_missing"]


def test_a_signature_of_no_admin_does_nothing() -> None:
    eve = key("eve-1")
    by_eve = signed_setting(setting(SettingKind.APPROVER, "eve-1", ANA_SAYS), eve)
    assert codes(after(by_eve)) == ["key_unknown"]
    as_admin = signed_setting(setting(SettingKind.APPROVER, "x", ANA_SAYS), key("admin-1"))
    assert codes(after(as_admin)) == ["signature_invalid"]


@pytest.mark.parametrize("value", [None, b"", b"{", b"\x00"])
def test_an_unreadable_record_neither_lifts_a_freeze_nor_makes_one(value: bytes | None) -> None:
    frozen = after(by_admin(SettingKind.FREEZE, "all", {}))
    assert reduced(record(1, value, "freeze:all"), base=frozen).frozen("t", "a", "x") is not None
    assert reduced(record(0, value, "freeze:all")).frozen("t", "a", "x") is None


def test_an_unsigned_lift_leaves_the_freeze() -> None:
    frozen = after(by_admin(SettingKind.FREEZE, "all", {}))
    now = after(setting(SettingKind.FREEZE, "all", None, minute=1), base=frozen)
    assert now.frozen("demo", "a", "x") is not None


def test_an_admins_freeze_that_cannot_be_read_freezes_everything() -> None:
    now = after(by_admin(SettingKind.FREEZE, "f", {"tenant": 5}))
    assert now.frozen("demo", "a", "x") is not None
    assert codes(now) == ["value_unreadable"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_key": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"public_key": public(key("somebody-else"))},
        {"tenants": "demo"},
    ],
)
def test_an_admins_approver_that_cannot_be_read_is_none(wrong: JsonObject) -> None:
    now = after(
        by_admin(SettingKind.APPROVER, "ana-1", ANA_SAYS),
        by_admin(SettingKind.APPROVER, "ana-1", {**ANA_SAYS, **wrong}, minute=1),
    )
    assert not now.approvers


def test_an_unreadable_record_about_nothing_known_is_only_reported() -> None:
    now = reduced(
        record(0, b"{"), record(1, b"{", "nonsense"), record(2, b"{", "tenant"), record(3, b"\xff")
    )
    assert now.version == 3
    assert now.problem_count == 4


# --- signed records sent again -------------------------------------------------------------


def test_an_old_lift_sent_again_does_not_lift_the_new_freeze() -> None:
    lift = by_admin(SettingKind.FREEZE, "all", None, minute=1)
    now = after(
        by_admin(SettingKind.FREEZE, "all", {}),
        lift,
        by_admin(SettingKind.FREEZE, "all", {}, minute=2),
        lift,
    )
    assert now.frozen("demo", "a", "x") is not None
    assert codes(now) == ["setting_not_newer"]


def test_a_removed_approver_is_not_brought_back_by_their_old_record() -> None:
    ana = by_admin(SettingKind.APPROVER, "ana-1", ANA_SAYS)
    now = after(ana, by_admin(SettingKind.APPROVER, "ana-1", None, minute=1), ana)
    assert not now.approvers


def test_an_old_narrower_freeze_does_not_replace_the_one_that_stands() -> None:
    narrow = by_admin(SettingKind.FREEZE, "f", {"tenant": "other"})
    now = after(narrow, by_admin(SettingKind.FREEZE, "f", {}, minute=1), narrow)
    assert now.frozen("demo", "a", "x") is not None


def test_with_clocks_that_differ_what_is_safer_still_counts() -> None:
    """A second admin's clock is behind: their freeze and their removal count all the same."""
    frozen = after(
        by_admin(SettingKind.FREEZE, "all", {}, minute=8),
        by_admin(SettingKind.FREEZE, "all", None, minute=9),
        by_admin(SettingKind.FREEZE, "all", {}, minute=5),
    )
    assert frozen.frozen("demo", "a", "x") is not None
    removed = after(
        by_admin(SettingKind.APPROVER, "ana-1", ANA_SAYS, minute=9),
        by_admin(SettingKind.APPROVER, "ana-1", None, minute=5),
    )
    assert not removed.approvers


def test_a_record_delivered_twice_changes_nothing() -> None:
    ana = by_admin(SettingKind.APPROVER, "ana-1", ANA_SAYS)
    assert after(ana, ana).approvers == after(ana).approvers


# --- the reducer ---------------------------------------------------------------------------


def test_problems_are_counted_all_and_kept_some() -> None:
    now = reduced(*(record(n, b"{") for n in range(PROBLEMS_KEPT * 3)))
    assert now.problem_count == PROBLEMS_KEPT * 3
    assert len(now.problems) == PROBLEMS_KEPT
    assert now.problems[-1].offset == PROBLEMS_KEPT * 3 - 1


def test_settings_written_by_others_as_json_count() -> None:
    said = {"kind": "tenant", "key": "demo", "value": ON, "actor": "x", "at": AT.isoformat()}
    assert reduced(record(0, orjson.dumps(said))).tenant(DEMO) is not None


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    keys = draw(st.lists(st.sampled_from(["a", "b"]), max_size=12))
    minutes = st.integers(0, 3)
    values: Iterable[bytes] = [
        draw(
            st.sampled_from(
                [
                    b"{",
                    encode(setting(SettingKind.TENANT, name, ON)),
                    encode(setting(SettingKind.TENANT, name, None)),
                    encode(setting(SettingKind.TENANT, name, {"automation_enabled": []})),
                    encode(plugin(name, aliases=["x"])),
                    encode(by_admin(SettingKind.FREEZE, name, {}, minute=draw(minutes))),
                    encode(by_admin(SettingKind.FREEZE, name, None, minute=draw(minutes))),
                ]
            )
        )
        for name in keys
    ]
    return [
        record(offset, value, f"tenant:{name}")
        for offset, (name, value) in enumerate(zip(keys, values, strict=True))
    ]


@given(logs(), st.integers(1, 5))
def test_one_by_one_or_many_at_once_is_the_same(log: list[Record], at_once: int) -> None:
    singly = Snapshot()
    for one in log:
        singly = reduced(one, base=singly)
    chunked = Snapshot()
    for start in range(0, len(log), at_once):
        chunked = reduced(*log[start : start + at_once], base=chunked)
    assert chunked == singly


def test_a_plugin_whose_parameters_are_no_schema_is_none() -> None:
    """Else every response that names it would be put aside instead of it."""
    found = after(plugin("a"), plugin("a", parameters={"type": "nonsense"}))
    assert found.plugin("a") is None
    assert codes(found) == ["value_unreadable"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.json", "file:///etc/hostname"])
def test_a_plugins_schema_that_points_elsewhere_is_not_fetched(address: str) -> None:
    now = after(plugin("mailer", parameters={"properties": {"to": {"$ref": address}}}))
    assert now.plugin("mailer") is None
    assert codes(now) == ["value_unreadable"]
    assert "must hold all it refers to" in now.problems[-1].text


NO_SCHEMA: JsonObject = {"type": "nonsense"}


def test_a_schema_that_was_replaced_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[JsonObject] = []
    monkeypatch.setattr("processors.settings_log.check_schema", compiled.append)
    gone = setting(SettingKind.PLUGIN, "b", None)
    now = together(
        plugin("a", parameters={"title": "1"}),
        plugin("b"),
        plugin("a", parameters={"title": "2"}),
        gone,
    )
    assert compiled == [{"title": "2"}]
    assert list(now.plugins) == ["a"]


def together(*settings: Setting) -> Snapshot:
    records = [record(n, encode(said), said.key) for n, said in enumerate(settings)]
    return reduced(*records)


@pytest.mark.parametrize(
    ("log", "in_force", "told"),
    [
        ([plugin("a"), plugin("a", parameters=NO_SCHEMA)], [], [1]),
        ([plugin("a", parameters=NO_SCHEMA), plugin("a")], ["a"], []),
        ([plugin("a", parameters=NO_SCHEMA), setting(SettingKind.PLUGIN, "a", None)], [], []),
        ([plugin("a", parameters=NO_SCHEMA), plugin("a", version=1)], [], [1]),
        (
            [plugin("a", parameters=NO_SCHEMA), plugin("b", version=1), plugin("c")],
            ["c"],
            [0, 1],
        ),
    ],
    ids=["last is none", "first was none", "none was deleted", "both are none", "in order"],
)
def test_of_records_taken_together_the_last_of_a_key_counts(
    log: list[Setting], in_force: list[str], told: list[int]
) -> None:
    now = together(*log)
    one_by_one = after(*log)
    assert list(now.plugins) == in_force == list(one_by_one.plugins)
    assert now.settings == one_by_one.settings
    assert [problem.offset for problem in now.problems] == told
    assert now.problem_count == len(told)


@pytest.mark.parametrize("ahead", [31_622_401, 10**18])
def test_nothing_is_scheduled_more_than_a_year_ahead(ahead: int) -> None:
    """Instants beyond the year 9999 do not exist."""
    now = after(setting(SettingKind.TENANT, "demo", {**ON, "schedule_ahead_max_s": ahead}))
    assert now.tenant(DEMO) == TenantSettings()
    assert codes(now) == ["value_unreadable"]
