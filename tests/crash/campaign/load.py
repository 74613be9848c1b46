"""Seed → traffic: what upstream services write to `llm.responses`. Pure, and endless."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from tests.crash.campaign.poison import poison
from tests.crash.campaign.tenants import HOSTED_TOOL, tenants

KEPT = 400
"""How many earlier responses a duplicate may repeat: some come at once, some much later."""

RecordKind = Literal["good", "duplicate", "reused", "poison"]
Expects = Literal["actions", "nothing", "dead_letter", "invalid"]


@dataclass(frozen=True)
class Published:
    """One record of `llm.responses`, and what has to become of it."""

    kind: RecordKind
    tenant: str
    response_id: str
    actions: int
    expects: Expects
    value: bytes | None


def traffic(seed: int) -> Iterator[Published]:
    """All responses of a seed, in order."""
    rng = random.Random(f"load {seed}")
    names = list(tenants(seed))
    earlier: deque[Published] = deque(maxlen=KEPT)
    number = 0
    while True:
        number += 1
        dice = rng.random()
        if dice < 0.88 or not earlier:
            good = _response(rng, rng.choice(names), number)
            earlier.append(good)
            yield good
        elif dice < 0.93:
            again = earlier[-1] if rng.random() < 0.4 else rng.choice(earlier)
            yield Published("duplicate", again.tenant, again.response_id, 0, "nothing", again.value)
        elif dice < 0.96:
            first = rng.choice(earlier)
            other = _response(rng, first.tenant, number, first.response_id)
            yield Published("reused", first.tenant, first.response_id, 0, "invalid", other.value)
        else:
            tenant = rng.choice(names)
            name = f"p{number:06d}-{rng.randrange(16**8):08x}"
            value, expects = poison(rng, tenant, name)
            yield Published("poison", tenant, name, 0, expects, value)


def _response(
    rng: random.Random, tenant: str, number: int, response_id: str | None = None
) -> Published:
    name = response_id or f"r{number:06d}-{rng.randrange(16**8):08x}"
    actions = [_action(rng, f"{number}/{index}") for index in range(rng.choice((1, 1, 2, 2, 3, 4)))]
    content: dict[str, Any] = {
        "response_id": name,
        "tenant_id": tenant,
        "output": {"analysis": "of the campaign", "actions": actions},
        "user_ctx": {"user_id": "luis@example.com", "roles": ["analyst"]},
        "model": "campaign",
    }
    # Without a trace an action is halted: a person has to look.
    if rng.random() >= 0.005:
        content["trace_id"] = f"{rng.randrange(1, 16**32):032x}"
    return Published("good", tenant, name, len(actions), "actions", orjson.dumps(content))


def _action(rng: random.Random, name: str) -> dict[str, Any]:
    tool = rng.choices(("tally", "ring", HOSTED_TOOL, "vault"), (34, 27, 32, 7))[0]
    confidence = round(rng.uniform(0.81, 0.99), 3)
    if rng.random() < 0.05:
        confidence = round(rng.uniform(0.1, 0.79), 3)
    return {
        "action_type": tool,
        "parameters": _parameters(rng, tool, name),
        "confidence": confidence,
        "reasoning": f"número {name}",
    }


def _parameters(rng: random.Random, tool: str, name: str) -> dict[str, Any]:
    if tool == HOSTED_TOOL:
        return {"titulo": f"Revisar {name}", "descripcion": "de la campaña", "prioridad": "alta"}
    return {"name": name, "amount": rng.randrange(1_000), "note": "ñ" * rng.randrange(40)}
