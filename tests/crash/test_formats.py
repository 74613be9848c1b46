"""Every format through real processes and a real broker: published, drafted, at the gate."""

import uuid

import orjson

from schemas.codec import decode
from schemas.events import Drafted
from schemas.identity import action_id
from schemas.names import TenantId, Topic
from schemas.states import State
from tests.crash.chain import Chain
from tests.crash.checker import projected, read_committed
from tests.outputs import FORMATS, NOTHING, PARAMS


def test_every_format_reaches_the_gate_and_what_only_talks_about_calls_does_not(
    chain: Chain,
) -> None:
    tenant = chain.new_tenant()
    outputs = {uuid.uuid4().hex: output for output, _ in FORMATS.values()}
    talk = {uuid.uuid4().hex: output for output in NOTHING.values()}
    actions = {action_id(TenantId(tenant), "response", name, 0) for name in outputs}
    records = [
        (
            tenant,
            orjson.dumps(
                {
                    "response_id": name,
                    "tenant_id": tenant,
                    "trace_id": uuid.uuid4().hex,
                    "output": output,
                }
            ),
        )
        for name, output in {**talk, **outputs}.items()
    ]
    chain.publish(Topic.RESPONSES, records)
    # None says how sure it is, so a person decides.
    waiting = dict.fromkeys(actions, State.PENDING_APPROVAL.value)
    database = chain.environment["DATABASE_URL"]
    chain.until(
        lambda: projected(database, tenant) == waiting, f"all formats of {tenant} at the gate"
    )
    drafted = [
        decode(Topic.DRAFTED, message.value() or b"")
        for message in read_committed(chain.bootstrap, [Topic.DRAFTED])
        if message.key() == tenant.encode()
    ]
    assert {event.response_id for event in drafted if isinstance(event, Drafted)} == set(outputs)
    assert all(event.params == PARAMS for event in drafted if isinstance(event, Drafted))
