"""A SIGKILL at every named point: each action ends once, with one effect, and no reader of
committed records sees anything twice or misses anything."""

import uuid

import pytest

from schemas.identity import action_id
from schemas.names import TenantId
from schemas.states import State
from streams.crash_points import CrashPoint
from tests.crash.campaign.plan import EXECUTE_POINTS, STAGE_POINTS
from tests.crash.chain import Chain, response, task
from tests.crash.checker import check_once_each, look, projected

RESPONSES = 6
ACTIONS_EACH = 2

CASES = [
    *(
        (stage, stage, point)
        for stage in ("draft", "assess", "approve", "observe")
        for point in STAGE_POINTS
    ),
    *(("execute", "settle", point) for point in STAGE_POINTS),
    *(("execute", "execute", point) for point in EXECUTE_POINTS),
]
"""(process, stage whose point it is, point)"""


@pytest.mark.parametrize(
    ("process", "stage", "point"), CASES, ids=[f"{s}.{p.value}" for _, s, p in CASES]
)
def test_killed_there_every_action_still_ends_once(
    chain: Chain, process: str, stage: str, point: CrashPoint
) -> None:
    tenant = chain.new_tenant()
    responses = [(uuid.uuid4().hex, [task()] * ACTIONS_EACH) for _ in range(RESPONSES)]
    actions: set[str] = {
        action_id(TenantId(tenant), "response", name, index)
        for name, proposals in responses
        for index in range(len(proposals))
    }
    chain.stop(process)
    chain.start(process, INTERLOCK_CRASH_AT=f"{stage}.{point.value}")
    chain.wait_ready(process)

    chain.publish("llm.responses", [response(tenant, p, name) for name, p in responses])
    chain.wait_killed(process)
    chain.start(process)

    chain.until(
        lambda: (
            projected(chain.environment["DATABASE_URL"], tenant)
            == dict.fromkeys(actions, State.SUCCEEDED.value)
        ),
        f"all actions of {tenant} succeed after {process} was killed at {stage}.{point.value}",
    )
    chain.wait_ready(process)
    check_once_each(chain.bootstrap, chain.environment["DATABASE_URL"], tenant, actions)


@pytest.mark.parametrize(
    "point", [CrashPoint.BEFORE_OUTCOME_COMMIT, CrashPoint.AFTER_OUTCOME_COMMIT]
)
def test_the_projection_killed_there_shows_what_the_log_says(
    chain: Chain, point: CrashPoint
) -> None:
    tenant = chain.new_tenant()
    name = uuid.uuid4().hex
    chain.stop("project")
    chain.start("project", INTERLOCK_CRASH_AT=f"project.{point.value}")
    chain.publish("llm.responses", [response(tenant, [task()], name)])
    chain.wait_killed("project")
    chain.start("project")
    action = action_id(TenantId(tenant), "response", name, 0)
    chain.until(
        lambda: (
            projected(chain.environment["DATABASE_URL"], tenant) == {action: State.SUCCEEDED.value}
        ),
        "the read model shows the end",
    )
    assert look(chain.bootstrap, tenant).last(action) is State.SUCCEEDED
