"""Every property is seen to object: one whole story it has nothing against, and ways to break it.

The sabotages show the same on the real thing; here each objection is reached at all.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.crash.independent import contract
from tests.crash.independent.campaign import Call, Campaign, Decided, Published
from tests.crash.independent.checking import judge
from tests.crash.independent.database import Asked, Database, Effect, Execution, Gate, Limit
from tests.crash.independent.events import (
    Approved,
    Assessed,
    Changed,
    Decision,
    Drafted,
    Executed,
    Letter,
    Setting,
)
from tests.crash.independent.hashing import params_hash
from tests.crash.independent.log import Log, Record
from tests.crash.independent.offsets import Offsets
from tests.crash.independent.properties import PROPERTIES
from tests.crash.independent.world import World

NOW = datetime(2026, 1, 1, 10, 30, tzinfo=UTC)
HOUR = NOW.replace(minute=0)
KEY = ("a1", 1)
PARAMS = {"n": 1}
HASH = params_hash("ring", "1.0.0", PARAMS)
PATH = ("drafted", "pending_approval", "approved", "executing", "succeeded")


def change(sequence: int, state: str | None, **fields: Any) -> Changed:
    values: dict[str, Any] = {
        "key": KEY,
        "tenant": "t",
        "kind": "transition",
        "response_id": "r1",
        "sequence": sequence,
        "state": state,
        "reason": None,
        "decision_id": None,
        "answer": None,
        "place": f"{contract.CHANGED}[0]@{sequence}",
    }
    return Changed(**{**values, **fields})


def record(topic: str, offset: int, ce_id: str) -> Record:
    return Record(topic, 0, offset, "t", {"ce_id": ce_id}, None)


def whole() -> World:
    """A response with one action of a tool that must not be repeated: a person approves it, it
    runs and succeeds."""
    claims = {
        "decision_id": "d1",
        "type": "approve",
        "tenant_id": "t",
        "action_id": "a1",
        "revision": 1,
        "params_hash": HASH,
    }
    ends = {(contract.DRAFTED, 0): 1}
    return World(
        log=Log({contract.DRAFTED: [record(contract.DRAFTED, 0, "e1")]}, ends),
        database=Database(
            effects=(Effect("a1", 1, "t", "ring", "done"),),
            gates=(Gate("a1", 1, "t", "closed", HASH, NOW),),
            limits=(Limit("t", "tenant:hour", HOUR, 1), Limit("t", "tenant:day", midnight(), 1)),
            executions=(
                Execution(
                    "a1", "t", 1, 4, "succeeded", "completed", "approved", "ring", PARAMS, HASH
                ),
            ),
            asked=(Asked("a1", 1, "t", "approved", True, HASH),),
            positions={("project", (contract.DRAFTED, 0)): 1},
        ),
        campaign=Campaign(
            published=(Published("good", "t", "r1", 1, "actions", "llm.responses[0]@0"),),
            decided=(Decided("d1", "t", "a1", 1, "approve", HASH, True, "ok"),),
            calls=(Call("a1.1", "ring", "t", PARAMS, False, True),),
        ),
        offsets=Offsets({"interlock-assess": ends}),
        drafted=[Drafted(KEY, "t", "r1", "ring", "1.0.0", PARAMS, HASH)],
        assessed=[
            Assessed(KEY, "t", "needs_approval", True, NOW, 5, {"tenant:hour": 0, "tenant:day": 0})
        ],
        approved=[Approved(KEY, "t", "ring", "1.0.0", PARAMS, HASH, "approved", ("d1",))],
        executed=[Executed(KEY, "t", "succeeded")],
        changed=[
            *(change(at, state) for at, state in enumerate(PATH)),
            change(0, "approved", kind="answer", decision_id="d1", answer="applied"),
        ],
        decisions=[Decision("d1", claims, "approvals.decisions[0]@0")],
        settings=[
            Setting(1, "tenant", "t", {"max_actions_per_hour": 1}),
            Setting(2, "plugin", "ring", {"idempotent": False, "url": "http://host"}),
        ],
    )


def midnight() -> datetime:
    return HOUR.replace(hour=0)


Break = Callable[[World], World]


def database(**fields: Any) -> Break:
    return lambda world: replace(world, database=replace(world.database, **fields))


def campaign(**fields: Any) -> Break:
    return lambda world: replace(world, campaign=replace(world.campaign, **fields))


def world(**fields: Any) -> Break:
    return lambda before: replace(before, **fields)


def without(state: str) -> Break:
    return lambda w: replace(w, changed=[c for c in w.changed if c.state != state])


def told(*changes: Changed) -> Break:
    return lambda w: replace(w, changed=[*w.changed, *changes])


def ended(state: str) -> Break:
    """As if it had ended otherwise, wherever that is shown."""

    def change_end(w: World) -> World:
        changed = [replace(c, state=state) if c.state == "succeeded" else c for c in w.changed]
        status = contract.EXECUTION_STATUS[state]
        row = replace(w.database.executions[0], state=state, execution_status=status)
        return replace(w, changed=changed, database=replace(w.database, executions=(row,)))

    return change_end


CALL = Call("a1.1", "ring", "t", PARAMS, False, True)
CLAIM = {"decision_id": "d1", "type": "reject"}

BROKEN: list[tuple[str, str, Break]] = [
    ("readable", "garbage", world(unreadable=["x[0]@0"])),
    ("one_end", "no end", without("succeeded")),
    ("one_end", "a step left out", without("executing")),
    ("one_end", "two ends", told(change(5, "failed"))),
    ("one_end", "beyond an end", told(change(9, "executing"))),
    ("one_end", "two states at one sequence", told(change(4, "failed"))),
    ("one_end", "not assessed", world(assessed=[])),
    ("one_end", "approved twice", lambda w: replace(w, approved=[*w.approved, *w.approved])),
    ("one_end", "never drafted", told(change(0, "drafted", key=("a2", 1)))),
    (
        "ce_id_once",
        "twice",
        lambda w: replace(
            w,
            log=replace(
                w.log,
                records={contract.DRAFTED: [record(contract.DRAFTED, n, "e1") for n in (0, 1)]},
            ),
        ),
    ),
    ("ce_id_once", "a letter twice", world(letters=[Letter("draft", "x[0]@1", "y")] * 2)),
    ("effects", "two calls", campaign(calls=(CALL, replace(CALL, effect=False)))),
    ("effects", "two effects", campaign(calls=(CALL, CALL))),
    ("effects", "none", campaign(calls=())),
    ("effects", "of nothing", campaign(calls=(CALL, replace(CALL, idempotency_key="a9.1")))),
    ("effects", "failed, and yet", ended("failed")),
    ("effects", "skipped, and yet", ended("skipped")),
    ("unknown_visible", "queued", database(effects=(Effect("a1", 1, "t", "ring", "queued"),))),
    ("unknown_visible", "hidden", database(effects=(Effect("a1", 1, "t", "ring", "unknown"),))),
    ("unknown_visible", "shown only", ended("outcome_unknown")),
    ("unknown_visible", "not executed", world(executed=[])),
    ("unknown_visible", "not in the ledger", database(effects=())),
    ("unknown_visible", "failed only there", ended("failed")),
    ("unknown_visible", "untold", database(untold_reports=1)),
    ("approved_before_run", "no approval", world(approved=[])),
    ("approved_before_run", "not consumed", database(gates=())),
    (
        "approved_before_run",
        "another version",
        campaign(tools={"ring": {"version": "2.0.0", "idempotent": False}}),
    ),
    ("approved_before_run", "no decision", world(decisions=[])),
    ("approved_before_run", "a rejection", world(decisions=[Decision("d1", CLAIM, "x")])),
    ("approved_before_run", "never sent", campaign(decided=())),
    (
        "approved_before_run",
        "other parameters",
        campaign(calls=(replace(CALL, params={"n": 2}),)),
    ),
    (
        "approved_before_run",
        "only a forged one",
        campaign(decided=(Decided("d1", "t", "a1", 1, "approve", HASH, False, "bad_signature"),)),
    ),
    ("projection", "no row", database(executions=())),
    (
        "projection",
        "older",
        lambda w: database(executions=(replace(w.database.executions[0], sequence=3),))(w),
    ),
    ("projection", "nobody asked", database(asked=())),
    (
        "projection",
        "of nothing",
        lambda w: database(
            executions=(*w.database.executions, replace(w.database.executions[0], action="a9"))
        )(w),
    ),
    ("limits", "counted wrong", database(limits=(Limit("t", "tenant:hour", HOUR, 2),))),
    ("limits", "over", world(settings=[Setting(1, "tenant", "t", {"max_actions_per_hour": 0})])),
    (
        "limits",
        "by itself at the limit",
        lambda w: replace(
            w,
            assessed=[
                replace(
                    w.assessed[0],
                    verdict="auto_approve",
                    counters={"tenant:hour": 1, "tenant:day": 1},
                )
            ],
        ),
    ),
    ("nothing_lost", "not drafted", world(drafted=[])),
    (
        "nothing_lost",
        "nobody sent it",
        campaign(published=()),
    ),
    (
        "nothing_lost",
        "no dead letter",
        lambda w: campaign(
            published=(
                *(w.campaign.published or ()),
                Published("poison", "t", "p", 0, "dead_letter", "llm.responses[0]@1"),
            )
        )(w),
    ),
    (
        "nothing_lost",
        "reuse not told",
        lambda w: campaign(
            published=(
                *(w.campaign.published or ()),
                Published("reused", "t", "r1", 0, "invalid", "llm.responses[0]@1"),
            )
        )(w),
    ),
    (
        "nothing_lost",
        "a good one put aside",
        world(letters=[Letter("draft", "llm.responses[0]@0", "y")]),
    ),
    (
        "nothing_lost",
        "answered twice",
        told(change(0, None, kind="answer", decision_id="d1", answer="late")),
    ),
    ("coordinates_covered", "behind", world(offsets=Offsets())),
    ("coordinates_covered", "project behind", database(positions={})),
    (
        "coordinates_covered",
        "open",
        lambda w: replace(
            w,
            offsets=replace(w.offsets, open_transactions={(contract.DRAFTED, 0): (1, 2)}),
        ),
    ),
]


def test_a_whole_story_has_nothing_against_it() -> None:
    report = judge(whole())
    assert report.violations == []
    assert report.empty() == []
    assert report.states == {"succeeded": 1}


@pytest.mark.parametrize(
    ("name", "breaks"),
    [(name, breaks) for name, _, breaks in BROKEN],
    ids=[f"{name}-{how}" for name, how, _ in BROKEN],
)
def test_the_property_objects(name: str, breaks: Break) -> None:
    assert name in judge(breaks(whole())).violated


def test_every_property_was_seen_to_object() -> None:
    assert {name for name, _, _ in BROKEN} == set(PROPERTIES)


def test_too_little_looked_at_is_said() -> None:
    report = judge(whole())
    assert report.lacking({"effects": 1, "nothing_lost/good": 1}) == []
    assert report.lacking({"nothing_lost/poison": 1}) == [
        "nothing_lost/poison: 0 examined, 1 wanted"
    ]


def test_an_empty_world_is_told_to_be_empty() -> None:
    report = judge(World())
    assert report.violations == []
    assert set(report.empty()) == set(PROPERTIES)
    assert "| effects | 0 (" in report.as_markdown()
