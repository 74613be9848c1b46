"""What reading another catalog changes, and what it never changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from interlock.catalog.offer import Offer, Offered, Refused, offered
from interlock.catalog.sync import Choice, SyncPlan, plan_sync
from interlock.config_plan import Act, Difference
from processors.risk import label_level, stale_label
from processors.snapshot import Snapshot
from schemas.events import JsonObject, Setting
from schemas.names import RiskLevel, SettingKind
from tests.unit.test_snapshot import after, definition, plugin, setting

SOURCE, OTHER = "http://tools.example.com", "http://other.example.com"
LABELLED = datetime(2026, 3, 1, tzinfo=UTC)
NOW = LABELLED + timedelta(days=10)
OFFER = Offer(
    tool="mailer",
    version="1.0.0",
    parameters={"type": "object"},
    risk=RiskLevel.MEDIUM,
    labelled_at=LABELLED,
    description="Sends mail.",
    idempotent=True,
    no_effect_on_error=False,
    permissions=("mail:send",),
    contact="mail@example.com",
)
MCP = replace(OFFER, labelled_at=None, idempotent=None, no_effect_on_error=None, permissions=())


def sync(settings: Snapshot, *offers: Offer, at: datetime = NOW, **choice: Any) -> SyncPlan:
    return plan_sync(settings, Offered(offers), SOURCE, at, Choice(**choice))


def published(settings: Snapshot, found: tuple[Difference, ...] | list[Difference]) -> Snapshot:
    said = [
        Setting(kind=d.kind, key=d.key, value=d.value, actor="ops", at=NOW)
        for d in found
        if d.act is not Act.KEEP
    ]
    now = after(*said, base=settings)
    assert now.problem_count == settings.problem_count
    return now


def synced(settings: Snapshot, *offers: Offer, **choice: Any) -> Snapshot:
    plan = sync(settings, *offers, **choice)
    assert plan.refused == ()
    return published(settings, plan.differences)


def with_entry(settings: Snapshot, **changes: Any) -> Snapshot:
    """The entry `mailer` as a person has changed it since."""
    value = settings.plugins["mailer"].model_copy(update=changes).model_dump(mode="json")
    return after(setting(SettingKind.PLUGIN, "mailer", value), base=settings)


# --- a new tool ----------------------------------------------------------------------------


def test_a_new_tool_comes_with_its_label_and_for_nobody() -> None:
    now = synced(Snapshot(), OFFER)
    entry = now.plugins["mailer"]
    assert entry.tenants == []
    assert (entry.source, entry.url) == (SOURCE, SOURCE)
    assert (entry.risk_label, entry.risk_labelled_at) == (RiskLevel.MEDIUM, LABELLED)
    assert (entry.idempotent, entry.permissions) == (True, ["mail:send"])
    label = now.labels["mailer"]
    assert (label.risk_label, label.labelled_at, label.source) == (
        RiskLevel.MEDIUM,
        LABELLED,
        SOURCE,
    )
    assert not stale_label(entry, now.labels)


def test_what_is_read_again_changes_nothing() -> None:
    for offer in (OFFER, MCP):
        now = synced(Snapshot(), offer)
        later = sync(now, offer, at=NOW + timedelta(days=1))
        assert (later.differences, later.refused, later.gone) == ((), (), ())


def test_a_new_tool_is_shown_before_it_is_published() -> None:
    label, entry = sync(Snapshot(), OFFER).differences
    assert (label.act, label.kind, entry.kind) == (Act.ADD, SettingKind.LABEL, SettingKind.PLUGIN)
    assert 'risk_label: (not said) → "medium"' in entry.fields
    assert "tenants: (not said) → []" in entry.fields


def test_a_person_says_for_whom_and_where_it_is_called() -> None:
    now = synced(Snapshot(), OFFER, tenants=["acme"], url="http://bridge:8000")
    assert now.plugins["mailer"].tenants == ["acme"]
    assert now.plugins["mailer"].url == "http://bridge:8000"
    more = synced(now, OFFER, tenants=["acme", "other"])
    assert more.plugins["mailer"].tenants == ["acme", "other"]
    assert more.plugins["mailer"].url == "http://bridge:8000"


def test_an_mcp_tool_is_not_idempotent_by_its_own_word() -> None:
    now = synced(Snapshot(), MCP)
    assert now.plugins["mailer"].idempotent is False
    assert now.labels["mailer"].labelled_at == NOW
    known = with_entry(now, idempotent=True)
    assert synced(known, MCP).plugins["mailer"].idempotent is True
    # A person's word was about that version.
    changed = synced(known, replace(MCP, version="1.0.0+mcp.2"))
    assert changed.plugins["mailer"].idempotent is False


def test_a_source_cannot_label_in_the_future() -> None:
    now = synced(Snapshot(), replace(OFFER, labelled_at=NOW + timedelta(days=999)))
    assert now.labels["mailer"].labelled_at == NOW


# --- a known tool --------------------------------------------------------------------------


def test_what_a_person_decided_stays() -> None:
    now = with_entry(
        synced(Snapshot(), OFFER),
        tenants=["acme"],
        permissions=["mail:all"],
        aliases=["post"],
        fallback=["pigeon"],
        max_calls_per_minute=6,
        contact="ana@example.com",
    )
    before = now.plugins["mailer"]
    plan = sync(now, replace(OFFER, version="2.0.0", description="Mails.", contact="new"))
    entry = published(now, plan.differences).plugins["mailer"]
    assert (entry.version, entry.description) == ("2.0.0", "Mails.")
    kept = {"version": before.version, "description": before.description}
    assert entry.model_copy(update=kept) == before
    assert plan.notes == ("mailer: the source also asks for mail:send; the entry does not",)


def test_a_graver_label_is_taken_and_a_milder_one_only_if_asked_for() -> None:
    now = synced(Snapshot(), OFFER)
    graver = synced(now, replace(OFFER, risk=RiskLevel.HIGH, labelled_at=NOW))
    entry = graver.plugins["mailer"]
    assert (entry.risk_label, entry.risk_labelled_at) == (RiskLevel.HIGH, NOW)
    low = replace(OFFER, risk=RiskLevel.LOW, labelled_at=NOW)
    plan = sync(graver, low)
    assert plan.notes == ("mailer: the source says low; the entry stays high",)
    milder = published(graver, plan.differences)
    assert label_level(milder.plugins["mailer"], milder.labels) is RiskLevel.HIGH
    asked = synced(graver, low, milder=True)
    assert label_level(asked.plugins["mailer"], asked.labels) is RiskLevel.LOW


def test_labels_alone_make_the_entry_stale_and_so_riskier() -> None:
    now = synced(Snapshot(), OFFER)
    told = synced(now, replace(OFFER, labelled_at=NOW, version="9.0.0"), labels_only=True)
    assert told.plugins["mailer"] == now.plugins["mailer"]
    assert stale_label(told.plugins["mailer"], told.labels)
    assert label_level(told.plugins["mailer"], told.labels) is RiskLevel.HIGH
    assert not stale_label(synced(told, replace(OFFER, labelled_at=NOW)).plugins["mailer"], {})


def test_a_tool_written_by_hand_takes_a_label_and_nothing_else() -> None:
    now = after(plugin("mailer", risk_label="low", tenants=["acme"]))
    assert sync(now, OFFER).refused == (Refused("mailer", "it was written by hand"),)
    assert sync(now, OFFER).differences == ()
    told = synced(now, OFFER, labels_only=True)
    assert told.plugins == now.plugins
    assert label_level(told.plugins["mailer"], told.labels) is RiskLevel.HIGH


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (after(plugin("mailer", source=OTHER)), OTHER),
        (after(plugin("post", aliases=["mailer"])), "alias"),
        (after(plugin("a", aliases=["mailer"]), plugin("b", aliases=["mailer"])), "alias"),
        (
            after(
                setting(
                    SettingKind.LABEL,
                    "mailer",
                    {"risk_label": "high", "labelled_at": NOW.isoformat(), "source": OTHER},
                )
            ),
            OTHER,
        ),
        (after(setting(SettingKind.LABEL, "mailer", {"risk_label": "?"})), "somebody"),
    ],
)
@pytest.mark.parametrize("labels_only", [False, True])
def test_what_is_somebody_elses_is_refused(settings: Snapshot, why: str, labels_only: bool) -> None:
    plan = sync(settings, OFFER, labels_only=labels_only)
    assert plan.differences == ()
    (refused,) = plan.refused
    if not labels_only:
        assert why in refused.why


def test_nothing_is_deleted_and_what_is_gone_is_reported() -> None:
    now = synced(Snapshot(), OFFER, replace(OFFER, tool="other"))
    plan = sync(now, OFFER)
    assert (plan.gone, plan.differences) == (("other",), ())
    unfit = Offered((OFFER,), (Refused("other", "no schema"),))
    assert plan_sync(now, unfit, SOURCE, NOW, Choice()).gone == ()


def test_only_what_is_asked_for_is_taken() -> None:
    plan = sync(Snapshot(), OFFER, replace(OFFER, tool="other"), only=["other", "third"])
    assert {d.key for d in plan.differences} == {"other"}
    assert plan.refused == (Refused("third", "the source does not offer it"),)


def test_a_type_that_waits_for_the_tool_is_named() -> None:
    plan = sync(after(definition("send_mail", ["mailer"])), OFFER)
    assert plan.notes == ("mailer: the action type send_mail names it and would use it",)


def within(levels: int) -> JsonObject:
    schema: JsonObject = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


TAGGED: JsonObject = {"properties": {"to": {}, "x" * 300: {}}}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"parameters": within(60)}, "nested deeper"),
        ({"parameters": within(300)}, "JSON Schema"),
        ({"parameters": within(900)}, "JSON Schema"),
        ({"parameters": {"description": "x" * 100_000}}, "larger than 64 KiB"),
        ({"parameters": TAGGED, "sensitive_parameters": {"/to": "\x00"}}, "readable"),
        ({"parameters": TAGGED, "sensitive_parameters": {"/to": ""}}, "readable"),
        ({"parameters": TAGGED, "sensitive_parameters": {"/to": "x" * 2_000_000}}, "a tag"),
        ({"parameters": TAGGED, "sensitive_parameters": {f"/{'x' * 300}": "pii"}}, "a pointer"),
        ({"sensitive_parameters": {f"/{n}": "pii" for n in range(65)}}, "more than 64"),
        ({"sensitive_parameters": {"/none": "pii"}}, "no property"),
        ({"parameters": {"default": "\ud800"}}, "JSON Schema"),
    ],
)
def test_one_bad_tool_keeps_no_other_back(changes: dict[str, Any], why: str) -> None:
    found = offered([replace(OFFER, **changes), replace(OFFER, tool="good")])
    assert [offer.tool for offer in found.offers] == ["good"]
    [refused] = found.refused
    assert why in refused.why


def test_an_entry_that_has_grown_too_large_is_refused() -> None:
    """What a person wrote and what the source says now, together."""
    known = with_entry(synced(Snapshot(), OFFER), tenants=["x" * 1_000] * 600)
    plan = sync(known, replace(OFFER, description="new"), replace(OFFER, tool="good"))
    assert [refused.tool for refused in plan.refused] == ["mailer"]
    assert {difference.key for difference in plan.differences} == {"good"}
