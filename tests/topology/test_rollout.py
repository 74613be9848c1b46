"""A staged rollout while all runs: each record counts from the next action on."""

from typing import Any

from processors.settings_log import apply
from schemas.events import Assessed, Setting
from schemas.names import SettingKind, Topic
from schemas.states import State
from tests.topology.chain_in_memory import TASK, Chain

EVERYTHING: dict[str, Any] = {
    "rollout": [{"from": "manual", "percent_of_tenants": 100, "types": ["create_task"]}]
}


def say(chain: Chain, kind: SettingKind, value: dict[str, Any]) -> None:
    setting = Setting(kind=kind, key="default", value=value, actor="ops", at=chain.clock())
    chain.snapshot = apply(chain.snapshot, chain.snapshot.version + 1, setting, {})


def ends(chain: Chain) -> tuple[State | None, list[str]]:
    """Where the next task comes to, and why."""
    state = chain.states(chain.respond(TASK))[-1]
    event = chain.events(Topic.ASSESSED)[-1]
    assert isinstance(event, Assessed)
    return state, [reason.code for reason in event.reasons]


def test_a_plan_its_advance_and_its_hold_count_at_once(chain: Chain) -> None:
    assert ends(chain) == (State.SUCCEEDED, [])
    say(chain, SettingKind.ROLLOUT, EVERYTHING)
    assert ends(chain) == (State.PENDING_APPROVAL, ["outside_rollout"])
    say(chain, SettingKind.ROLLOUT_REACHED, {"steps": 1})
    assert ends(chain) == (State.SUCCEEDED, [])
    held = {"reason": "alert", "since": chain.clock().isoformat()}
    say(chain, SettingKind.ROLLOUT_HOLD, held)
    assert ends(chain) == (State.PENDING_APPROVAL, ["rollout_held"])
    say(chain, SettingKind.ROLLOUT_HOLD, {**held, "held": False})
    assert ends(chain) == (State.SUCCEEDED, [])


def test_a_hold_stops_what_was_approved_automatically_and_not_called_yet(chain: Chain) -> None:
    say(chain, SettingKind.ROLLOUT, EVERYTHING)
    say(chain, SettingKind.ROLLOUT_REACHED, {"steps": 1})
    step = chain.step

    def stepping(name: str) -> bool:
        moved = step(name)
        if name == "approve" and moved:
            held = {"reason": "alert", "since": chain.clock().isoformat()}
            say(chain, SettingKind.ROLLOUT_HOLD, held)
        return moved

    chain.step = stepping  # type: ignore[method-assign]
    action = chain.respond(TASK)
    assert chain.states(action) == [State.DRAFTED, State.AUTO_APPROVED, State.SKIPPED]
    (told,) = [c for c in chain.changes if c.state is State.SKIPPED]
    assert told.reason is not None
    assert told.reason.code == "outside_rollout"
