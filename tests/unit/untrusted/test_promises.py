"""A mark never makes an action look milder, and nothing the model says takes one away."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from interlock.config_files import read_config
from interlock.configured import snapshot_of
from processors.assess import process
from processors.checks import AssessFacts
from processors.impact import History
from schemas.events import Assessed, Drafted
from schemas.names import TenantId, Verdict
from schemas.settings import TenantSettings
from tests.corpora.workplaces import TASKS, WORLD
from tests.examples import examples
from tests.stories import START, Story

GRAVITY = list(Verdict)
WORLDS = {
    "workplaces": WORLD.settings,
    "workplaces without their pack": replace(WORLD.settings, policies={}),
    "shipped": snapshot_of(read_config(Path(__file__).parents[3] / "config", demo=True)),
}
TASK = Story().drafted()
CALLS = [
    (TenantId(task["suite"]), call["function"], call["args"])
    for task in TASKS
    for call in task["calls"]
]
WORDS = sorted({str(v) for _, _, args in CALLS for v in args.values() if len(str(v)) < 60})
REFS: st.SearchStrategy[JsonValue] = st.one_of(
    st.builds(lambda text: {"text": text}, st.sampled_from(WORDS) | st.text(max_size=20)),
    st.sampled_from(["/documents", "/documents/0", "/nowhere", "doc-1"]),
    st.builds(
        lambda trust: {"pointer": "/documents", "trust": trust},
        st.sampled_from(["trusted", "untrusted"]),
    ),
)
MARKS = st.fixed_dictionaries(
    {"documents": st.lists(st.sampled_from(WORDS), max_size=2)},
    optional={
        "context_refs": st.lists(REFS, max_size=3),
        "untrusted_params": st.lists(st.sampled_from(["/recipient", "/x", ""]), max_size=2),
    },
)


@st.composite
def actions(draw: st.DrawFn) -> tuple[Drafted, str]:
    tenant, tool, params = draw(st.sampled_from(CALLS))
    changes: dict[str, Any] = {
        "tenant_id": tenant,
        "action_type": tool,
        "tool": tool,
        "tool_version": "1.0.0",
        "params": params,
        "confidence": draw(st.sampled_from([0.5, 0.9, 1.0])),
        "repaired": draw(st.booleans()),
        "labels": draw(st.lists(st.sampled_from(["format:x", "pii:email"]), max_size=1)),
        "context": draw(MARKS),
    }
    return TASK.model_copy(update=changes), draw(st.sampled_from(list(WORLDS)))


def assessed(action: Drafted, world: str) -> Assessed:
    facts = AssessFacts(
        settings=WORLDS[world],
        tenant_defaults=TenantSettings(),
        system_enabled=True,
        now=START,
        history=History(first_time=False),
    )
    event = process(action, facts).outputs[0].event
    assert isinstance(event, Assessed)
    return event


def not_milder(before: Assessed, after: Assessed) -> bool:
    return (
        GRAVITY.index(after.verdict) >= GRAVITY.index(before.verdict)
        and after.impact.risk_score >= before.impact.risk_score
        and after.impact.risk_level.rank >= before.impact.risk_level.rank
        and {label for label in before.labels if label.startswith("untrusted")} <= set(after.labels)
    )


@given(actions(), REFS | st.sampled_from(["/recipient", "/amount", "/body", "nonsense"]))
@settings(max_examples=examples(3), deadline=None)
def test_another_mark_never_makes_it_milder(at: tuple[Drafted, str], mark: JsonValue) -> None:
    action, world = at
    before = assessed(action, world)
    for field in ("context_refs", "untrusted_params"):
        marks = [*action.context.get(field, []), mark]  # type: ignore[misc]
        context = {**action.context, field: marks}
        assert not_milder(before, assessed(action.model_copy(update={"context": context}), world))


@given(actions(), st.sampled_from(["untrusted", "untrusted:/body"]))
@settings(max_examples=examples(), deadline=None)
def test_the_label_itself_never_makes_it_milder(at: tuple[Drafted, str], label: str) -> None:
    action, world = at
    labelled = action.model_copy(update={"labels": [*action.labels, label]})
    assert not_milder(assessed(action, world), assessed(labelled, world))


@given(actions(), st.text(), st.floats(0, 1), st.sampled_from(["tool_call", "react", "text"]))
@settings(max_examples=examples(), deadline=None)
def test_nothing_the_model_says_of_itself_takes_it_away(
    at: tuple[Drafted, str], reasoning: str, confidence: float, source: str
) -> None:
    action, world = at
    said = {"reasoning": reasoning, "confidence": confidence, "source": source, "model": reasoning}
    before, after = assessed(action, world), assessed(action.model_copy(update=said), world)
    assert [label for label in before.labels if label.startswith("untrusted")] == [
        label for label in after.labels if label.startswith("untrusted")
    ]


@given(actions())
@settings(max_examples=examples(), deadline=None)
def test_a_change_taken_from_an_untrusted_text_never_runs_alone(
    at: tuple[Drafted, str],
) -> None:
    action, world = at
    found = assessed(action, world)
    definition = WORLDS[world].definition(action.action_type)
    reads = definition is not None and definition.category == "reading"
    if "untrusted" in found.labels and not reads and WORLDS[world].policies:
        assert found.verdict is not Verdict.AUTO_APPROVE
