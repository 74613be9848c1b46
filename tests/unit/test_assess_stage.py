"""What was found out before the transaction, when the settings change in between."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from interlock.iam import Wanted
from interlock.stages import AssessStage
from processors.permission import Permission, PermissionState
from processors.snapshot import Snapshot
from schemas.events import Assessed
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import EventId, RiskLevel, Topic, Verdict
from schemas.output import Refusal
from schemas.records import Coordinates, Record
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from streams.memory import MemoryStore
from streams.stage import Input
from tests.stories import ACME, START, Story
from tests.unit.test_assess_checks import OPEN

TYPE = "create_task"
DRAFTED = Story().drafted()


def plugin(tool: str, **changes: object) -> PluginSpec:
    spec = PluginSpec(
        tool=tool, version=str(DRAFTED.tool_version), parameters={}, risk_label=RiskLevel.LOW
    )
    return spec.model_copy(update=changes)


def settings(*plugins: PluginSpec) -> Snapshot:
    tools = [spec.tool for spec in plugins]
    definition = ActionDefinition(
        action_type=TYPE,
        name=TYPE,
        requires_approval=False,
        impact_level=RiskLevel.LOW,
        tools=tools,
    )
    return Snapshot(
        version=7,
        tenants={ACME: OPEN.model_copy(update={"preapproved_action_types": [TYPE]})},
        definitions={TYPE: definition},
        plugins={spec.tool: spec for spec in plugins},
    )


class YesToAll:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, wanted: list[Wanted]) -> list[Permission]:
        self.asked += [one.question.tool for one in wanted]
        return [
            Permission(PermissionState.ALLOWED, asked=one.question.permissions) for one in wanted
        ]


def verdict(before: Snapshot, after: Snapshot) -> tuple[Assessed, list[str]]:
    """Asked under the one, decided under the other."""
    now = [before]
    asker = YesToAll()
    stage = AssessStage(lambda: now[0], TenantSettings(), True, 120, asker)  # type: ignore[arg-type]
    record = Record(Coordinates(Topic.DRAFTED, 0, 0), None, b"", (), 0)
    entry = Input(EventId("e"), DRAFTED, record)
    entry = entry._replace(prepared=stage.prepare([entry])[0])
    now[0] = after
    with MemoryStore().begin() as tx:
        (answer,) = stage.decide(tx, [entry], START + timedelta(seconds=1))
    assert not isinstance(answer, Refusal)
    assert isinstance(answer[0].event, Assessed)
    return answer[0].event, asker.asked


@pytest.mark.parametrize("permissions", [[], ["tasks:create"]])
def test_a_permission_for_one_tool_is_no_word_on_the_one_that_replaces_it(
    permissions: list[str],
) -> None:
    own = plugin(TYPE, permissions=permissions)
    other = plugin("other", permissions=permissions)
    same, asked = verdict(settings(own, other), settings(own, other))
    assert (same.verdict, same.tool, asked) == (Verdict.AUTO_APPROVE, TYPE, [TYPE])
    changed, asked = verdict(settings(own, other), settings(other))
    assert (changed.tool, asked) == ("other", [TYPE])
    assert "iam_unavailable" in {reason.code for reason in changed.reasons}
    assert changed.facts.iam is not None
    assert changed.facts.iam["reason"] == "asked_of_another_tool"


def test_a_candidate_is_what_the_iam_is_asked_about() -> None:
    other = settings(plugin("other"))
    taken, asked = verdict(other, other)
    assert (taken.tool, asked) == ("other", ["other"])
    assert "iam_unavailable" not in {reason.code for reason in taken.reasons}


def test_settings_that_change_in_between_are_the_ones_that_decide() -> None:
    before = settings(plugin(TYPE))
    closed = OPEN.model_copy(update={"automation_enabled": False})
    after, _ = verdict(before, replace(before, version=8, tenants={ACME: closed}))
    assert after.verdict is Verdict.NEEDS_APPROVAL
    assert "automation_off" in {reason.code for reason in after.reasons}
    assert after.facts.settings_version == 8


@pytest.mark.timing
@pytest.mark.parametrize("text", ["ES91 " * 10_000, "\ufdfa" * 10_000, "a@b.example," * 4_000])
def test_no_long_text_is_looked_at_within_the_transaction(text: str) -> None:
    link = Magnitude(kind=MagnitudeKind.LINK, pointer="/body", raises_to=RiskLevel.MEDIUM)
    now = settings(plugin(TYPE, magnitudes=[link], sensitive_parameters={"/body": "pii"}))
    stage = AssessStage(lambda: now, TenantSettings(), True, 120, YesToAll())  # type: ignore[arg-type]
    context = {"page": "word " * 4_000, "context_refs": ["/page"]}
    action = DRAFTED.model_copy(update={"params": {"body": text}, "context": context})
    record = Record(Coordinates(Topic.DRAFTED, 0, 0), None, b"", (), 0)
    entries = [Input(EventId(f"e{place}"), action, record) for place in range(20)]
    prepared = stage.prepare(entries)
    entries = [one._replace(prepared=of) for one, of in zip(entries, prepared, strict=True)]
    begun = time.process_time()
    with MemoryStore().begin() as tx:
        answers = stage.decide(tx, entries, START + timedelta(seconds=1))
    assert time.process_time() - begun < 0.3
    assert len(answers) == 20
