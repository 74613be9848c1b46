"""The whole chain on a real broker and a real database while its permission service comes and
goes: what it does not allow waits for a person, and nothing else waits for it."""

from collections.abc import Iterator

import pytest

from schemas.codec import decode
from schemas.events import Assessed
from schemas.names import Topic
from schemas.states import State
from tests.crash.chain import Chain, response, task
from tests.crash.checker import projected, read_committed
from tests.integration.iam_server import Behaviour, IamServer, drops, iam, says, waits


@pytest.fixture
def asked(chain: Chain) -> Iterator[IamServer]:
    """Assess, started again with an IAM; afterwards without one, as the other tests have it."""
    with iam() as server:
        chain.stop("assess")
        chain.start("assess", IAM_URL=server.url, IAM_CACHE_S="0")
        chain.wait_ready("assess")
        yield server
        chain.stop("assess")
        chain.start("assess")
        chain.wait_ready("assess")


def ends(chain: Chain, state: State) -> str:
    """A new tenant's task gets there; the tenant."""
    tenant = chain.new_tenant()
    chain.publish(Topic.RESPONSES, [response(tenant, [task()])])
    database = chain.environment["DATABASE_URL"]
    chain.until(
        lambda: list(projected(database, tenant).values()) == [state.value],
        f"the task of {tenant} {state.value}",
    )
    return tenant


@pytest.mark.parametrize("away", [waits, drops], ids=["hangs", "drops"])
def test_an_iam_that_goes_and_comes_back(chain: Chain, asked: IamServer, away: Behaviour) -> None:
    ends(chain, State.SUCCEEDED)
    asked.behaviour = away
    held = ends(chain, State.PENDING_APPROVAL)
    asked.behaviour = says(decision="deny")
    ends(chain, State.DENIED)
    asked.behaviour = says()
    ends(chain, State.SUCCEEDED)
    [told] = [
        event
        for message in read_committed(chain.bootstrap, [Topic.ASSESSED])
        if message.key() == held.encode()
        and isinstance(event := decode(Topic.ASSESSED, message.value() or b""), Assessed)
    ]
    assert [reason.code for reason in told.reasons] == ["iam_unavailable"]
    assert told.facts.iam is not None
    assert told.facts.iam["state"] == "unavailable"
