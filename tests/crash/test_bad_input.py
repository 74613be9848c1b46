"""Whatever comes in ends as a dead letter or as a state with a reason; the stage goes on.

Everything bad is published at once, each record before a good one of the same tenant and so
of the same partition. Then one test each looks at how it ended.
"""

import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from confluent_kafka import KafkaError, Message, Producer

from interlock.keys import ensure_local_keys, load_key
from processors.signatures import signed_decision
from schemas.codec import encode, encode_json
from schemas.events import StateChanged
from schemas.identity import action_id
from schemas.names import ActionId, ParamsHash, TenantId, Topic
from schemas.records import Headers
from schemas.states import State
from streams import clients
from tests.crash.bad_decisions import (
    BAD_DECISIONS,
    IDLE_DECISIONS,
    BadDecision,
    Desk,
    IdleDecision,
)
from tests.crash.bad_records import (
    BAD_EVENTS,
    BAD_RESPONSES,
    STAGES,
    UNUSABLE,
    Bad,
    Unusable,
    approved,
    ce_id,
)
from tests.crash.chain import Chain, response, task, until
from tests.crash.checker import effects, look, projected
from tests.crash.following import Following, Letter, Place, following
from tests.crash.preparation import elsewhere_key

DEADLINE_S = 60.0
KEPT = 65_536
RAN = [State.DRAFTED, State.AUTO_APPROVED, State.EXECUTING, State.SUCCEEDED]
STOCK = {
    "action_type": "update_inventory",
    "parameters": {"sku": "sku-17", "cantidad": 5, "motivo": "Reposición"},
    "confidence": 0.95,
}
FOLLOWED = [
    Topic.STATE_CHANGED.value,
    *(t.dlq for t in (Topic.RESPONSES, Topic.DECISIONS, *STAGES)),
]


@dataclass
class Sent:
    """A record as it was written, and where it came to stand."""

    key: bytes
    value: bytes | None
    headers: Headers
    place: Place = ("", 0, 0)


@dataclass(frozen=True)
class Good:
    """A response whose one action runs by itself."""

    tenant: TenantId
    action: ActionId
    value: bytes


@dataclass
class World:
    """Everything that was sent, and what came of it."""

    chain: Chain
    seen: Following
    producer: Producer
    desk: Desk | None = None
    sent: dict[object, Sent] = field(default_factory=dict)
    """By case, or by a name of the test's own."""
    tenants: dict[object, TenantId] = field(default_factory=dict)
    goods: dict[object, Good] = field(default_factory=dict)
    ids: dict[object, str] = field(default_factory=dict)
    """Response and decision ids, by case."""
    pids: dict[str, int] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return self.chain.environment["DATABASE_URL"]

    def tenant(self, case: object) -> TenantId:
        return self.tenants.setdefault(case, TenantId(self.chain.new_tenant()))

    def send(
        self, case: object, topic: Topic, key: str, value: bytes | None, headers: Headers = ()
    ) -> None:
        sent = self.sent[case] = Sent(key.encode(), value, headers)

        def delivered(error: KafkaError | None, message: Message) -> None:
            assert error is None, error
            sent.place = (topic.value, message.partition() or 0, message.offset() or 0)

        self.producer.produce(
            topic.value, value=value, key=sent.key, headers=list(headers), on_delivery=delivered
        )

    def flush(self) -> None:
        assert self.producer.flush(30) == 0

    def good(self, case: object) -> Good:
        """The good response that follows a case's record."""
        if case not in self.goods:
            tenant, name = self.tenant(case), uuid.uuid4().hex
            identity = action_id(tenant, "response", name, 0)
            self.goods[case] = Good(tenant, identity, response(tenant, [task()], name)[1])
        return self.goods[case]

    def send_good(self, case: object) -> None:
        good = self.good(case)
        self.send(("good", case), Topic.RESPONSES, good.tenant, good.value)

    # --- what was seen ---------------------------------------------------------------------

    def letters(self, case: object, stage: str) -> list[Letter]:
        place = self.sent[case].place
        return [x for x in self.seen.letters if x.about == place and x.stage == stage]

    def changes(self, tenant: TenantId) -> list[StateChanged]:
        return [change for change in self.seen.changes if change.tenant_id == tenant]

    def states(self, action: ActionId) -> list[State | None]:
        mine = [c for c in self.seen.changes if c.action_id == action and c.kind == "transition"]
        return [c.state for c in sorted(mine, key=lambda c: c.sequence or 0)]

    def answers(self, case: object) -> list[StateChanged]:
        return [c for c in self.seen.changes if c.decision_id == self.ids[case]]

    def invalid(self, tenant: TenantId) -> list[StateChanged]:
        return [c for c in self.changes(tenant) if c.state is State.INVALID]

    def ready_for_more(self) -> bool:
        """Whether the action on the desk waits for a vote, and the duplicates were decided."""
        waits = any(c.state is State.PENDING_APPROVAL for c in self.changes(self.tenants["desk"]))
        return waits and bool(self.states(self.goods["twice"].action))

    def complete(self) -> bool:
        """Whether all that is asked for is there: no test waits after that."""
        letters = {(x.about, x.stage) for x in self.seen.letters}
        expected = {
            (self.sent[bad].place, stage)
            for bad in (*BAD_RESPONSES, *BAD_EVENTS)
            for stage in bad.stages
        } | {(self.sent[bad].place, "approve") for bad in BAD_DECISIONS}
        ended = {c.action_id for c in self.seen.changes if c.state is State.SUCCEEDED}
        answered = {c.decision_id for c in self.seen.changes if c.decision_id}
        return (
            expected <= letters
            and {good.action for good in self.goods.values()} <= ended
            and all(self.invalid(self.tenants[case]) for case in (*UNUSABLE, "reused"))
            and {self.ids[case] for case in (*IDLE_DECISIONS, "approval")} <= answered
            and self.desk is not None
            and self.desk.action in ended
            and State.SKIPPED in self.states(ActionId(self.ids["forged"]))
            and bool(self.changes(self.tenants["stranger"])[1:])
        )


def topic_case(topic: Topic) -> tuple[str, Topic]:
    """Bad records of one of our topics share a tenant, and the good response behind them."""
    return "topic", topic


@pytest.fixture(scope="module")
def world(chain: Chain) -> Iterator[World]:
    writer = Producer(clients.producer({"bootstrap.servers": chain.bootstrap}))
    with following(chain.bootstrap, FOLLOWED) as seen:
        world = World(chain, seen, writer)
        world.pids = {name: i.process.pid for name, i in chain.instances.items()}
        deadline = time.monotonic() + DEADLINE_S
        _send_records(world)
        seen.read_until(world.ready_for_more, DEADLINE_S)
        _send_what_comes_later(world)
        _send_decisions(world)
        seen.read_until(world.complete, deadline - time.monotonic())
        yield world


def _send_records(world: World) -> None:
    """The bad ones first; behind each, in its partition, a good one."""
    for bad in BAD_RESPONSES:
        tenant = world.tenant(bad)
        world.send(bad, bad.topic, tenant, bad.value(tenant), bad.headers())
    for bad in BAD_EVENTS:
        tenant = world.tenant(topic_case(bad.topic))
        world.send(bad, bad.topic, tenant, bad.value(tenant), bad.headers())
    for unusable in UNUSABLE:
        tenant = world.tenant(unusable)
        world.send(unusable, Topic.RESPONSES, tenant, unusable.value(tenant))

    forged = approved(world.tenant("forged"))
    world.ids["forged"] = forged.action_id
    world.send("forged", Topic.APPROVED, forged.tenant_id, encode(forged), ce_id()())

    first = world.good("reused")
    other = orjson.dumps({**orjson.loads(first.value), "output": {"actions": [task("Otra")]}})
    world.send("first", Topic.RESPONSES, first.tenant, first.value)
    world.send("reused", Topic.RESPONSES, first.tenant, other)
    twice = world.good("twice")
    for name in ("once", "twice"):
        world.send(name, Topic.RESPONSES, twice.tenant, twice.value)

    stranger = world.tenants["stranger"] = TenantId(f"stranger-{uuid.uuid4().hex}")
    world.send("stranger", Topic.RESPONSES, stranger, response(stranger, [task()])[1])
    desk, name = world.tenant("desk"), uuid.uuid4().hex
    world.ids["desk"] = action_id(desk, "response", name, 0)
    world.send("desk", Topic.RESPONSES, desk, response(desk, [STOCK], name)[1])
    world.flush()
    for case in (*BAD_RESPONSES, *UNUSABLE, *map(topic_case, STAGES), "forged"):
        world.send_good(case)
    world.flush()


def _send_what_comes_later(world: World) -> None:
    """A duplicate of what was decided long ago, and something good behind it."""
    twice = world.goods["twice"]
    world.send("thrice", Topic.RESPONSES, twice.tenant, twice.value)
    world.tenants["behind"] = twice.tenant
    world.send_good("behind")


def _send_decisions(world: World) -> None:
    pending = world.changes(world.tenants["desk"])[-1]
    state_dir = Path(world.chain.environment["INTERLOCK_STATE_DIR"])
    world.desk = desk = Desk(
        world.tenants["desk"],
        ActionId(world.ids["desk"]),
        ParamsHash(pending.params_hash or ""),
        ensure_local_keys(state_dir).approver.key,
        load_key(elsewhere_key(world.chain.environment)),
    )
    for bad in BAD_DECISIONS:
        world.send(bad, Topic.DECISIONS, desk.tenant, bad.value(desk))
    good: list[tuple[object, dict[str, Any]]] = [(idle, idle.fields) for idle in IDLE_DECISIONS]
    for case, fields in [*good, ("approval", {})]:
        decision = signed_decision(desk.decision(**fields), desk.ana)
        world.ids[case] = decision.decision_id
        world.send(case, Topic.DECISIONS, desk.tenant, encode_json(decision))
    world.flush()


def check_letter(world: World, case: object, stage: str, code: str) -> None:
    """One dead letter of the stage, with everything a person needs to find the record again."""
    sent = world.sent[case]
    [letter] = world.letters(case, stage)
    assert letter.code == code
    headers = dict(cast(Headers, letter.message.headers() or []))
    assert headers["__streams.errors.message"], "a sentence for people"
    value = sent.value or b""
    assert headers["interlock_sha256"].decode() == hashlib.sha256(value).hexdigest()
    assert int(headers["interlock_size"]) == (-1 if sent.value is None else len(value))
    assert headers["interlock_truncated"] == (b"1" if len(value) > KEPT else b"0")
    assert letter.message.value() == (None if sent.value is None else value[:KEPT])
    assert letter.message.key() == sent.key
    assert dict(sent.headers).items() <= headers.items()


def check_good(world: World, case: object) -> None:
    """The good response behind it ran, once, and everyone can see it."""
    good = world.goods[case]
    assert world.states(good.action) == RAN
    until(
        lambda: projected(world.database, good.tenant).get(good.action) == State.SUCCEEDED,
        "the read model shows the good action's end",
    )
    assert effects(world.database, good.tenant) == Counter([f"{good.action}.1"])


# --- responses -----------------------------------------------------------------------------


@pytest.mark.parametrize("bad", BAD_RESPONSES, ids=lambda bad: bad.name)
def test_a_response_nobody_can_read_is_a_dead_letter(world: World, bad: Bad) -> None:
    check_letter(world, bad, "draft", bad.code)
    assert {c.action_id for c in world.changes(world.tenants[bad])} == {world.goods[bad].action}
    check_good(world, bad)


def test_of_ten_megabytes_the_first_64_kb_are_kept(world: World) -> None:
    [bad] = [bad for bad in BAD_RESPONSES if bad.name == "10 MB"]
    [letter] = world.letters(bad, "draft")
    assert len(world.sent[bad].value or b"") > 10_000_000
    assert len(letter.message.value() or b"") == KEPT


@pytest.mark.parametrize("unusable", UNUSABLE, ids=lambda unusable: unusable.name)
def test_a_proposal_that_is_none_is_told_to_be_invalid(world: World, unusable: Unusable) -> None:
    [change] = world.invalid(world.tenants[unusable])
    assert change.reason is not None
    assert change.reason.code == unusable.code
    assert (change.action_id is not None) is unusable.names_action
    sent = world.sent[unusable].value or b""
    assert change.response_id == orjson.loads(sent)["response_id"]
    if change.action_id is not None:
        until(
            lambda: (
                projected(world.database, change.tenant_id).get(str(change.action_id))
                == State.INVALID
            ),
            "the read model shows the invalid action",
        )
    check_good(world, unusable)


def test_the_same_response_id_with_other_content_is_invalid(world: World) -> None:
    [change] = world.invalid(world.tenants["reused"])
    assert (change.reason and change.reason.code, change.action_id) == ("response_id_reused", None)
    check_good(world, "reused")


def test_a_duplicate_emits_nothing(world: World) -> None:
    twice, behind = world.goods["twice"], world.goods["behind"]
    assert world.states(twice.action) == world.states(behind.action) == RAN
    assert len(world.changes(twice.tenant)) == 2 * len(RAN)
    seen = look(world.chain.bootstrap, twice.tenant)
    assert {count for _, count in seen.records.items()} == {1, len(RAN)}
    assert seen.duplicates == []


def test_an_unknown_tenant_needs_approval(world: World) -> None:
    changes = world.changes(world.tenants["stranger"])
    assert [change.state for change in changes] == [State.DRAFTED, State.PENDING_APPROVAL]
    assert changes[-1].reason is not None
    assert changes[-1].reason.code == "tenant_unknown"


# --- our own topics ------------------------------------------------------------------------


@pytest.mark.parametrize("bad", BAD_EVENTS, ids=lambda bad: f"{bad.topic.value}-{bad.name}")
def test_a_record_of_ours_nobody_can_take_is_a_dead_letter(world: World, bad: Bad) -> None:
    for stage in bad.stages:
        check_letter(world, bad, stage, bad.code)


@pytest.mark.parametrize("topic", STAGES)
def test_behind_the_bad_records_of_a_topic_good_ones_run(world: World, topic: Topic) -> None:
    check_good(world, topic_case(topic))


def test_what_nobody_approved_is_skipped_not_run(world: World) -> None:
    assert world.states(ActionId(world.ids["forged"])) == [State.SKIPPED]
    [change] = [c for c in world.seen.changes if c.action_id == world.ids["forged"]]
    assert change.reason is not None
    assert change.reason.code == "approval_missing"
    check_good(world, "forged")


# --- decisions -----------------------------------------------------------------------------


@pytest.mark.parametrize("bad", BAD_DECISIONS, ids=lambda bad: bad.name)
def test_a_decision_that_is_not_authentic_is_answered_by_nobody(
    world: World, bad: BadDecision
) -> None:
    check_letter(world, bad, "approve", bad.code)


@pytest.mark.parametrize("idle", IDLE_DECISIONS, ids=lambda idle: idle.name)
def test_a_decision_that_changes_nothing_is_told_why(world: World, idle: IdleDecision) -> None:
    [told] = world.answers(idle)
    assert told.reason is not None
    assert (told.answer, told.reason.code) == idle.answer


def test_the_good_approval_behind_all_of_them_counts(world: World) -> None:
    assert world.desk is not None
    [told] = world.answers("approval")
    assert (told.answer, told.state) == ("applied", State.APPROVED)
    assert world.states(world.desk.action) == [
        State.DRAFTED,
        State.PENDING_APPROVAL,
        State.APPROVED,
        State.EXECUTING,
        State.SUCCEEDED,
    ]
    mine = [c for c in world.changes(world.desk.tenant) if c.kind == "answer"]
    assert len(mine) == len(IDLE_DECISIONS) + 1
    assert effects(world.database, world.desk.tenant) == Counter([f"{world.desk.action}.1"])


# --- nothing else --------------------------------------------------------------------------


def test_nothing_good_became_a_dead_letter(world: World) -> None:
    bad = {world.sent[case].place for case in (*BAD_RESPONSES, *BAD_EVENTS, *BAD_DECISIONS)}
    assert [(x.about, x.stage, x.code) for x in world.seen.letters if x.about not in bad] == []
    by_place = Counter((x.about, x.stage) for x in world.seen.letters)
    assert set(by_place.values()) == {1}


def test_no_process_ended_over_it(world: World) -> None:
    assert {name: i.process.pid for name, i in world.chain.instances.items()} == world.pids
    assert {i.process.poll() for i in world.chain.instances.values()} == {None}
    world.chain.wait_ready()
