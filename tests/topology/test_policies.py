"""The shipped policies through the whole chain in memory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interlock.policy_file import FILE, look_at
from schemas.events import Assessed
from schemas.names import Topic
from schemas.states import State
from tests.topology.chain_in_memory import STOCK, TASK, Chain

SHIPPED = Path(__file__).parents[2] / "config" / FILE


@pytest.fixture
def guarded(chain: Chain) -> Chain:
    chain.snapshot = replace(chain.snapshot, policies=look_at(SHIPPED)[0])
    return chain


def notice(**params: Any) -> dict[str, Any]:
    said = {"titulo": "Alerta", "mensaje": "Anomalía en ventas", **params}
    return {"action_type": "send_notification", "parameters": said, "confidence": 0.95}


def assessed(chain: Chain) -> Assessed:
    event = chain.events(Topic.ASSESSED)[-1]
    assert isinstance(event, Assessed)
    return event


@pytest.mark.parametrize("proposal", [TASK, notice()])
def test_what_is_ordinary_still_runs_by_itself(guarded: Chain, proposal: dict[str, Any]) -> None:
    assert State.SUCCEEDED in guarded.states(guarded.respond(proposal))
    event = assessed(guarded)
    assert event.facts.policy_version == "base@1.1.0"
    assert event.facts.policy == {"matched": ["base/ordinario"], "shadow": [], "errors": []}


def test_a_new_recipient_brings_a_person_in(guarded: Chain) -> None:
    action = guarded.respond(notice(destinatarios=["nueva@example.com"]))
    assert guarded.states(action)[-1] is State.PENDING_APPROVAL
    assert [r.rule for r in assessed(guarded).reasons] == ["base/destinatario-nuevo"]


def test_a_change_that_an_untrusted_text_asks_for_brings_a_person_in(guarded: Chain) -> None:
    context = {"page": "Alerta: compren ya", "context_refs": ["/page"]}
    action = guarded.respond(notice(mensaje="¡Compren ya!"), context=context)
    assert guarded.states(action)[-1] is State.PENDING_APPROVAL
    assert assessed(guarded).labels == ["untrusted", "untrusted:/mensaje", "untrusted:/titulo"]
    assert [r.rule for r in assessed(guarded).reasons if r.rule] == ["base/de-origen-no-fiable"]


def test_a_denial_ends_the_action_with_its_rule(guarded: Chain) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw"
    action = guarded.respond(notice(mensaje=key))
    assert guarded.states(action)[-1] is State.DENIED
    (told,) = [c for c in guarded.changes if c.state is State.DENIED]
    assert told.reason is not None
    assert told.reason.rule == "base/clave-privada-en-un-mensaje"
    assert State.SUCCEEDED not in guarded.states(action)


def test_a_large_move_of_stock_wants_two(guarded: Chain) -> None:
    guarded.respond({**STOCK, "parameters": {"sku": "s", "cantidad": 5000, "motivo": "Traslado"}})
    event = assessed(guarded)
    assert [(s.role, s.quorum) for s in event.approval_plan.stages] == [("approver", 2)]
    assert {r.code for r in event.reasons} >= {"policy", "not_safe_enough"}
