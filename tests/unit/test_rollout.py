"""Staged rollout: whom a plan has reached, what holds it, and that it only ever restricts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from interlock.config_files import read_config, wanted
from interlock.config_plan import differences
from interlock.rollout_plan import plan_advance, plan_hold, plan_resume, standing, tenants_within
from processors.checks import in_canary
from processors.rollout import any_held, outside, reached, tenant_place
from processors.settings_log import apply
from processors.snapshot import Snapshot
from schemas.events import JsonObject, Setting
from schemas.faults import ProcessFault
from schemas.names import SettingKind, TenantId, Verdict
from schemas.rollout import RolloutHold, RolloutPlan, RolloutReached
from schemas.settings import ActionDefinition
from tests.stories import START
from tests.unit.test_assess_checks import DRAFTED, GRAVITY, Situation, tenant, with_all
from tests.unit.test_config_files import folder  # noqa: F401
from tests.unit.test_snapshot import codes, record, reduced

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLE = CONFIG / "rollout.example.yaml"
HOLD = RolloutHold(reason="failures", since=START)


def plan(*steps: tuple[object, float, list[str]]) -> RolloutPlan:
    said = [{"from": at, "percent_of_tenants": n, "types": types} for at, n, types in steps]
    return RolloutPlan.model_validate({"rollout": said})


def definition(action_type: str, category: str) -> ActionDefinition:
    return ActionDefinition(action_type=action_type, name="x", category=category, tools=[])


DEFINITIONS = {
    "send_notification": definition("send_notification", "communication"),
    "create_task": definition("create_task", "work"),
    "update_inventory": definition("update_inventory", "inventory"),
}


def following(
    found: RolloutPlan, steps: int | None = None, hold: RolloutHold | None = None
) -> Snapshot:
    return Snapshot(
        definitions=DEFINITIONS,
        rollouts={"default": found},
        rollout_reached={} if steps is None else {"default": RolloutReached(steps=steps)},
        rollout_holds={} if hold is None else {"default": hold},
    )


def bars(settings: Snapshot, tenant_id: TenantId, action_type: str, now: datetime) -> set[str]:
    """Why plans in force leave such an action to a person."""
    found = {"held"} if any_held(settings) else set()
    return found | ({"outside"} if outside(settings, tenant_id, action_type, now) else set())


def at_place(low: float, high: float) -> TenantId:
    """A tenant whose place is between the two."""
    names = (TenantId(f"tenant-{n}") for n in range(10_000))
    return next(name for name in names if low <= tenant_place(name) < high)


SHIPPED = RolloutPlan.model_validate(yaml.safe_load(EXAMPLE.read_text()))
WEEK = timedelta(weeks=1)
FIRST = datetime(2027, 1, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("weeks", "place", "may"),
    [
        (-1, (0, 10), set()),
        (0, (0, 10), {"send_notification"}),
        (0, (10, 25), set()),
        (1, (10, 25), {"send_notification", "create_task"}),
        (1, (25, 50), set()),
        (2, (25, 50), {"send_notification", "create_task", "update_inventory"}),
        (2, (50, 100), set()),
        (3, (50, 100), {"send_notification", "create_task", "update_inventory", "new_type"}),
    ],
)
def test_the_shipped_plan_goes_week_by_week(
    weeks: int, place: tuple[float, float], may: set[str]
) -> None:
    settings, tenant_id = following(SHIPPED), at_place(*place)
    for action_type in (*DEFINITIONS, "new_type"):
        found = bars(settings, tenant_id, action_type, FIRST + weeks * WEEK)
        assert (not found) is (action_type in may)


def test_without_a_plan_nothing_is_restricted() -> None:
    assert bars(Snapshot(), TenantId("acme"), "create_task", START) == set()


def test_a_plan_that_has_begun_nothing_leaves_everything_to_a_person() -> None:
    assert bars(following(RolloutPlan()), TenantId("acme"), "create_task", START) == {"outside"}


def test_a_hold_leaves_all_of_it_to_a_person_and_lifting_it_gives_it_back() -> None:
    everything = plan((START, 100, ["*"]))
    acme = TenantId("acme")
    assert bars(following(everything), acme, "create_task", START) == set()
    assert bars(following(everything, hold=HOLD), acme, "create_task", START) == {"held"}
    lifted = HOLD.model_copy(update={"held": False})
    assert bars(following(everything, hold=lifted), acme, "create_task", START) == set()


def test_a_step_by_hand_waits_for_somebody_and_holds_those_behind_it() -> None:
    steps = plan((START, 10, ["*"]), ("manual", 50, ["*"]), (START, 100, ["*"]))
    assert reached(following(steps), "default", START) == 1
    assert reached(following(steps, 1), "default", START) == 1
    assert reached(following(steps, 2), "default", START) == 3
    assert reached(following(steps, 2), "default", START - WEEK) == 0


def test_of_several_plans_each_must_have_reached_it() -> None:
    both = replace(
        following(plan((START, 100, ["*"]))),
        rollouts={"a": plan((START, 100, ["*"])), "b": plan((START, 100, ["create_task"]))},
    )
    acme = TenantId("acme")
    assert bars(both, acme, "create_task", START) == set()
    assert bars(both, acme, "send_notification", START) == {"outside"}


# --- who is chosen -------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SHARES = st.floats(0, 100)


@given(NAMES, SHARES, SHARES)
def test_raising_the_percentage_only_adds(name: str, a: float, b: float) -> None:
    def runs(share: float) -> bool:
        found = following(plan((START, share, ["*"])))
        return not bars(found, TenantId(name), "create_task", START)

    small, large = sorted((a, b))
    assert runs(small) <= runs(large)
    assert runs(100)
    assert not runs(0)


INSTANTS = st.datetimes(datetime(2026, 12, 1), datetime(2027, 3, 1), timezones=st.just(UTC))


@given(INSTANTS, INSTANTS, st.sampled_from([*DEFINITIONS, "other"]), NAMES, st.integers(0, 4))
def test_as_time_passes_and_steps_are_advanced_only_more_is_reached(
    one: datetime, other: datetime, action_type: str, name: str, by_hand: int
) -> None:
    said = SHIPPED.model_dump(mode="json")
    said["rollout"][1]["from"] = "manual"
    mixed = RolloutPlan.model_validate(said)
    earlier, later = sorted((one, other))
    before = following(mixed, by_hand)
    assert reached(before, "default", earlier) <= reached(before, "default", later)
    if not bars(before, TenantId(name), action_type, earlier):
        assert not bars(before, TenantId(name), action_type, later)
        assert not bars(following(mixed, by_hand + 1), TenantId(name), action_type, later)


def test_tenants_do_not_move_between_releases() -> None:
    """These are in and out for ever: a new hash would change whom a running plan has reached."""
    places = [tenant_place(TenantId(f"tenant-{n}")) < 50 for n in range(16)]
    assert "".join("x" if place else "." for place in places) == ".....xxxxx..xxx."


def test_about_as_many_tenants_are_chosen_as_the_percentage_says() -> None:
    chosen = sum(tenant_place(TenantId(f"tenant-{n}")) < 25 for n in range(4_000))
    assert 880 < chosen < 1_120


def test_the_rollout_says_nothing_of_who_is_in_the_canary() -> None:
    """Of tenants inside and outside alike, about half of the responses are in a half canary."""
    shares = []
    for low, high in ((0, 50), (50, 100)):
        tenants = [
            t for t in (f"t{n}" for n in range(4_000)) if low <= tenant_place(TenantId(t)) < high
        ]
        responses = [DRAFTED.model_copy(update={"tenant_id": TenantId(t)}) for t in tenants]
        shares.append(sum(in_canary(r, 0.5) for r in responses) / len(responses))
    assert all(0.46 < share < 0.54 for share in shares)


# --- in assessment -------------------------------------------------------------------------


@given(st.sets(st.integers(0, 18)), st.sampled_from(["held", "outside", "reached"]))
def test_a_plan_never_makes_a_verdict_milder(chosen: set[int], how: str) -> None:
    at = with_all(chosen)
    share = 0 if how == "outside" else 100
    ours = following(plan((START, share, ["*"])), hold=HOLD if how == "held" else None)
    under = replace(
        at,
        snapshot=replace(at.snapshot, rollouts=ours.rollouts, rollout_holds=ours.rollout_holds),
    )
    assert at.codes <= under.codes
    assert GRAVITY.index(at.assessed.verdict) <= GRAVITY.index(under.assessed.verdict)
    if how != "reached":
        assert under.assessed.verdict is not Verdict.AUTO_APPROVE
    else:
        assert at.codes == under.codes


def test_what_the_rollout_has_reached_is_still_the_tenants_to_allow() -> None:
    at = tenant(automation_enabled=False)(Situation())
    rollouts = {"default": plan((START, 100, ["*"]))}
    at = replace(at, snapshot=replace(at.snapshot, rollouts=rollouts))
    assert at.codes == {"automation_off"}


# --- as settings ---------------------------------------------------------------------------


def setting(kind: SettingKind, value: JsonObject | None, name: str = "default") -> Setting:
    return Setting(kind=kind, key=name, value=value, actor="ops", at=START)


def in_force(*settings: Setting) -> Snapshot:
    snapshot = Snapshot()
    for offset, one in enumerate(settings):
        snapshot = apply(snapshot, offset, one, {})
    return snapshot


EVERYTHING: JsonObject = {
    "rollout": [{"from": "2026-01-01T00:00:00Z", "percent_of_tenants": 100, "types": ["*"]}]
}
HELD: JsonObject = {"reason": "x", "since": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("value", [None, b"", b"{", b'{"kind": "rollout"}'])
def test_a_plan_that_cannot_be_read_has_reached_nothing(value: bytes | None) -> None:
    before = in_force(setting(SettingKind.ROLLOUT, EVERYTHING))
    now = reduced(record(1, value, "rollout:default"), base=before)
    assert bars(now, TenantId("acme"), "create_task", START) == {"outside"}


@pytest.mark.parametrize(
    "value", [{**EVERYTHING, "rollot": []}, {"rollout": [{"from": "soon"}]}, {"rollout": "all"}]
)
def test_a_plan_that_is_none_has_reached_nothing(value: JsonObject) -> None:
    now = in_force(setting(SettingKind.ROLLOUT, EVERYTHING), setting(SettingKind.ROLLOUT, value))
    assert bars(now, TenantId("acme"), "create_task", START) == {"outside"}
    assert codes(now) == ["value_unreadable"]


def test_a_hold_that_cannot_be_read_holds() -> None:
    plan_on = setting(SettingKind.ROLLOUT, EVERYTHING)
    now = in_force(plan_on, setting(SettingKind.ROLLOUT_HOLD, {"held": "perhaps"}))
    assert bars(now, TenantId("acme"), "create_task", START) == {"held"}
    now = reduced(record(1, b"{", "rollout_hold:default"), base=in_force(plan_on))
    assert bars(now, TenantId("acme"), "create_task", START) == {"held"}


def test_how_far_a_plan_was_advanced_counts_for_nothing_when_it_cannot_be_read() -> None:
    by_hand: JsonObject = {
        "rollout": [{"from": "manual", "percent_of_tenants": 100, "types": ["*"]}]
    }
    settings = [
        setting(SettingKind.ROLLOUT, by_hand),
        setting(SettingKind.ROLLOUT_REACHED, {"steps": 1}),
    ]
    acme = TenantId("acme")
    assert bars(in_force(*settings), acme, "create_task", START) == set()
    settings.append(setting(SettingKind.ROLLOUT_REACHED, {"steps": "all"}))
    assert bars(in_force(*settings), acme, "create_task", START) == {"outside"}


def test_publishing_the_plan_again_neither_lifts_a_hold_nor_undoes_an_advance() -> None:
    settings = (
        setting(SettingKind.ROLLOUT, EVERYTHING),
        setting(SettingKind.ROLLOUT_REACHED, {"steps": 1}),
        setting(SettingKind.ROLLOUT_HOLD, HELD),
    )
    now = in_force(*settings, setting(SettingKind.ROLLOUT, EVERYTHING))
    assert now.rollout_holds["default"].held
    assert now.rollout_reached["default"].steps == 1
    # Nor does pruning: neither is of a file.
    (kept,) = differences([], now, prune=True)
    assert kept.kind is SettingKind.ROLLOUT


# --- the file ------------------------------------------------------------------------------


def test_what_ships_restricts_nothing() -> None:
    assert not [w for w in read_config(CONFIG) if w.kind is SettingKind.ROLLOUT]


def test_the_shipped_example_is_read_and_published_as_it_is(folder: Path) -> None:  # noqa: F811
    (folder / "rollout.yaml").write_text(EXAMPLE.read_text())
    (found,) = [w for w in read_config(folder) if w.kind is SettingKind.ROLLOUT]
    assert found == wanted(SettingKind.ROLLOUT, "default", SHIPPED)
    now = in_force(setting(SettingKind.ROLLOUT, found.value))
    assert now.rollouts["default"] == SHIPPED


STEP = {"from": "manual", "percent_of_tenants": 10, "types": ["*"]}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "without steps"),
        ({"rollout": [{**STEP, "types": ["create_tsk"]}]}, "`create_tsk`"),
        ({"rollout": [{**STEP, "types": ["category:wrk"]}]}, "`category:wrk`"),
        ({"rollout": [{**STEP, "types": []}]}, "types"),
        ({"rollout": [{**STEP, "percent_of_tenants": 101}]}, "percent_of_tenants"),
        ({"rollout": [{**STEP, "percentage": 1}]}, "percentage"),
        ({"rollout": [{**STEP, "from": "next week"}]}, "from"),
        ({"rollout": [{**STEP, "from": 2027}]}, "instant with a zone"),
        ({"rollout": [{**STEP, "from": "2027-01-04T08:00:00"}]}, "from"),
        (
            {
                "rollout": [
                    {**STEP, "from": "2027-01-04T08:00:00Z"},
                    STEP,
                    {**STEP, "from": "2027-01-03T08:00:00Z"},
                ]
            },
            "begins before",
        ),
        ({"rollout": [STEP], "hold": {"failure_rate": 1}}, "failure_rate"),
        ({"rollout": [STEP], "hlod": {}}, "hlod"),
    ],
)
def test_a_mistake_in_the_file_is_a_sentence(
    folder: Path,  # noqa: F811
    said: dict[str, Any],
    sentence: str,
) -> None:
    (folder / "rollout.yaml").write_text(yaml.safe_dump(said))
    with pytest.raises(ProcessFault, match=sentence):
        read_config(folder)


# --- by hand -------------------------------------------------------------------------------

BY_HAND = plan(("manual", 10, ["*"]), ("manual", 50, ["*"]), (START + WEEK, 100, ["*"]))


def value(found: list[Any]) -> Any:
    (one,) = found
    return one.value


def test_advancing_lets_one_more_step_begin() -> None:
    assert value(plan_advance(following(BY_HAND), "default", None, START)) == {"steps": 1}
    assert value(plan_advance(following(BY_HAND, 1), "default", None, START)) == {"steps": 2}
    assert value(plan_advance(following(BY_HAND, 2), "default", 0, START)) == {"steps": 0}


def test_what_begins_by_date_or_is_not_there_cannot_be_advanced_to() -> None:
    with pytest.raises(ProcessFault, match="begins by date"):
        plan_advance(following(BY_HAND, 2), "default", None, START)
    with pytest.raises(ProcessFault, match="all 3 steps"):
        plan_advance(following(BY_HAND, 2), "default", None, START + WEEK)
    with pytest.raises(ProcessFault, match="3 steps"):
        plan_advance(following(BY_HAND), "default", 4, START)
    for look in (
        lambda: plan_advance(Snapshot(), "default", None, START),
        lambda: plan_hold(Snapshot(), "default", "x", START),
        lambda: plan_resume(Snapshot(), "default", "x", START),
        lambda: standing(Snapshot(), "default", START),
    ):
        with pytest.raises(ProcessFault, match="no plan"):
            look()


def test_holding_twice_keeps_the_first_reason_and_resuming_is_a_record() -> None:
    assert value(plan_hold(following(BY_HAND), "default", "why", START))["held"] is True
    assert plan_hold(following(BY_HAND, hold=HOLD), "default", "other", START) == []
    assert plan_resume(following(BY_HAND), "default", "", START) == []
    lifted = value(plan_resume(following(BY_HAND, hold=HOLD), "default", "fixed", START + WEEK))
    assert (lifted["held"], lifted["reason"]) == (False, "fixed")
    assert RolloutHold.model_validate(lifted).since == START + WEEK


def test_where_a_plan_stands_is_told_with_the_tenants_it_has_reached() -> None:
    settings = replace(
        following(BY_HAND, 1, HOLD),
        tenants={f"tenant-{n}": Situation().snapshot.tenants["acme"] for n in range(100)},
    )
    found = standing(settings, "default", START)
    assert (found.reached, found.held, found.reason) == (1, True, "failures")
    assert [step[:2] for step in found.steps][:2] == [("manual", 10), ("manual", 50)]
    assert len(tenants_within(settings, 100)) == 100
    assert set(tenants_within(settings, 10)) < set(tenants_within(settings, 50))
