"""Permissions asked of a real service over HTTP: whatever it does, what it did not clearly allow
does not run without a person, and nobody waits for it longer than a moment."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from prometheus_client import REGISTRY
from pydantic import JsonValue

from interlock.iam.asker import IamAsker
from interlock.iam.cache import AnswerCache
from interlock.iam.client import PATH, IamClient
from interlock.iam.guard import FAILURES
from interlock.iam.opened import open_asker
from interlock.settings import Settings
from interlock.topology import Topology
from launch import free_port
from processors.permission import NOT_NEEDED, PermissionState, Question, permission_of
from processors.snapshot import Snapshot
from schemas.events import Assessed
from schemas.names import RiskLevel, SafetyMode, TenantId, Topic, Verdict
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from tests.integration.iam_server import (
    Behaviour,
    IamServer,
    answer_to,
    body,
    drips,
    drops,
    http,
    iam,
    says,
    sends,
    waits,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
NEEDED = "notes:write"
OPEN = TenantSettings(
    preapproved_action_types=["note"],
    max_actions_per_trace=10_000,
    automation_enabled=True,
    approval_required=False,
    auto_approval_threshold=0.5,
    max_actions_per_hour=10_000,
    max_actions_per_day=10_000,
    canary_percentage=1.0,
    safety_mode=SafetyMode.MODERATE,
)


def snapshot(*permissions: str) -> Snapshot:
    """Two tenants for whom a low-risk tool runs by itself, as far as settings go."""
    note = ActionDefinition(
        action_type="note",
        name="note",
        requires_approval=False,
        impact_level=RiskLevel.LOW,
        tools=["note"],
    )
    tool = PluginSpec(
        tool="note",
        version="1.0.0",
        parameters={"type": "object"},
        risk_label=RiskLevel.LOW,
        permissions=list(permissions),
    )
    return Snapshot(
        version=1,
        tenants={"acme": OPEN, "globex": OPEN},
        definitions={"note": note},
        plugins={"note": tool},
    )


def settings(url: str | None, **fields: Any) -> Settings:
    return Settings(iam_url=url, **fields)


class Gate:
    """The chain in memory, asking the IAM of its settings."""

    def __init__(self, settings: Settings, stack: ExitStack, *permissions: str) -> None:
        asker = open_asker(settings, stack)
        self.chain = Topology(settings, snapshot(*permissions), asker=asker)
        self._names = itertools.count()

    def propose(self, *users: str | None, tenant: str = "acme") -> list[Assessed]:
        """A note for each user, all in one batch; how they were assessed."""
        before = len(self.chain.logs[Topic.ASSESSED])
        for user in users:
            response: dict[str, JsonValue] = {
                "response_id": f"response-{next(self._names)}",
                "tenant_id": tenant,
                "trace_id": TRACE,
                "output": {
                    "actions": [{"action_type": "note", "parameters": {}, "confidence": 0.95}]
                },
                "user_ctx": None if user is None else {"user_id": user, "roles": ["clerk"]},
            }
            self.chain.write(Topic.RESPONSES, orjson.dumps(response), tenant.encode())
        self.chain.run()
        return cast(list[Assessed], self.chain.events(Topic.ASSESSED)[before:])

    def one(self) -> Assessed:
        [assessed] = self.propose("ana")
        return assessed


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def codes(assessed: Assessed) -> list[str]:
    return [reason.code for reason in assessed.reasons]


def why(assessed: Assessed) -> str:
    """What the verdict's record says of the IAM."""
    permission = permission_of(assessed.facts.iam)
    assert permission.state is PermissionState.UNAVAILABLE
    return permission.reason


# --- what an answer means ------------------------------------------------------------------


def test_what_the_iam_allows_runs_by_itself(stack: ExitStack) -> None:
    server = stack.enter_context(iam())
    assessed = Gate(settings(server.url), stack, NEEDED).one()
    assert (assessed.verdict, codes(assessed)) == (Verdict.AUTO_APPROVE, [])
    assert assessed.facts.iam is not None
    assert assessed.facts.iam["reason"] == "the role clerk may"


def test_what_the_iam_denies_is_denied(stack: ExitStack) -> None:
    server = stack.enter_context(iam(says(decision="deny", reason="clerks may not")))
    assessed = Gate(settings(server.url), stack, NEEDED).one()
    assert (assessed.verdict, codes(assessed)) == (Verdict.DENY, ["iam_denied"])
    assert assessed.facts.iam is not None
    assert assessed.facts.iam["reason"] == "clerks may not"
    assert assessed.reasons[0].text.endswith("does not allow it: clerks may not")


def test_over_the_iams_rate_policy_a_person_decides_about_the_rest(stack: ExitStack) -> None:
    rate = {"policy": "notes", "limit": 9, "window_s": 60, "granted": 2}
    server = stack.enter_context(iam(says(rate=rate)))
    gate = Gate(settings(server.url), stack, NEEDED)
    batch = gate.propose(*["ana"] * 3)
    assert [codes(one) for one in batch] == [[], [], ["iam_rate"]]
    assert "notes (9 in 60 s)" in batch[2].reasons[0].text
    assert batch[2].verdict is Verdict.NEEDS_APPROVAL
    assert [request.question["actions"] for request in server.requests] == [3]


def test_a_booked_rate_is_for_no_later_action(stack: ExitStack) -> None:
    rate = {"policy": "notes", "limit": 9, "window_s": 60, "granted": 1}
    server = stack.enter_context(iam(says(rate=rate)))
    gate = Gate(settings(server.url, iam_cache_s=60), stack, NEEDED)
    gate.one()
    gate.one()
    assert len(server.requests) == 2


def test_without_an_iam_whatever_asks_for_a_permission_needs_a_person(stack: ExitStack) -> None:
    assessed = Gate(settings(None), stack, NEEDED).one()
    assert (assessed.verdict, codes(assessed)) == (Verdict.NEEDS_APPROVAL, ["iam_unavailable"])
    assert why(assessed) == "not_configured"


def test_without_an_iam_what_asks_for_nothing_is_as_before(stack: ExitStack) -> None:
    assessed = Gate(settings(None), stack).one()
    assert (assessed.verdict, assessed.facts.iam) == (Verdict.AUTO_APPROVE, None)


def test_a_configured_iam_is_asked_about_every_tool(stack: ExitStack) -> None:
    server = stack.enter_context(iam(says(decision="deny")))
    assessed = Gate(settings(server.url), stack).one()
    assert assessed.verdict is Verdict.DENY
    assert server.requests[0].question["permissions"] == []


# --- what is asked -------------------------------------------------------------------------


def test_the_question(stack: ExitStack, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    server = stack.enter_context(iam())
    Gate(settings(server.url, iam_token_file=secret), stack, NEEDED).one()
    [request] = server.requests
    assert request.line == f"POST {PATH} HTTP/1.1"
    assert request.question.pop("question_id")
    assert request.question == {
        "tenant_id": "acme",
        "user": {"id": "ana", "roles": ["clerk"]},
        "action_type": "note",
        "tool": "note",
        "version": "1.0.0",
        "permissions": [NEEDED],
        "actions": 1,
    }
    assert request.headers["authorization"] == "Bearer s3cret"
    assert request.headers["traceparent"].startswith(f"00-{TRACE}-")


def test_an_action_of_nobody_asks_for_nobody(stack: ExitStack) -> None:
    server = stack.enter_context(iam())
    Gate(settings(server.url), stack, NEEDED).propose(None)
    assert server.requests[0].question["user"] is None


def test_a_batch_asks_each_question_once(stack: ExitStack) -> None:
    server = stack.enter_context(iam())
    batch = Gate(settings(server.url), stack, NEEDED).propose(*["ana", "eva"] * 20)
    assert {one.verdict for one in batch} == {Verdict.AUTO_APPROVE}
    assert len(server.requests) == 2


def test_a_rotated_credential_is_used_at_once_and_a_lost_one_is_no_permission(
    stack: ExitStack, tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text("old")
    server = stack.enter_context(iam())
    gate = Gate(settings(server.url, iam_token_file=secret, iam_cache_s=0), stack, NEEDED)
    gate.one()
    secret.write_text("new")
    gate.one()
    said = [request.headers["authorization"] for request in server.requests]
    assert said == ["Bearer old", "Bearer new"]
    secret.unlink()
    assert why(gate.one()) == "credential_unreadable"
    assert len(server.requests) == 2


# --- when it does not answer as it should --------------------------------------------------

MOVED = {"Location": "http://127.0.0.1:1/"}
RATE = {"policy": "p", "limit": 1, "window_s": 1, "granted": 2}


def twice(question: dict[str, Any]) -> bytes:
    honest = orjson.dumps(answer_to(question, decision="deny"))
    return honest[:-1] + b',"\\u0064ecision":"allow"}'


FAULTS: list[tuple[str, Behaviour, str]] = [
    ("delays", waits, "timeout"),
    ("drips", drips, "timeout"),
    ("500", sends(http(500, b"{}")), "http_500"),
    ("503", sends(http(503, b"{}")), "http_503"),
    ("429", sends(http(429, b"{}")), "http_429"),
    ("401", sends(http(401, b"{}")), "http_401"),
    ("403", sends(http(403, b'{"decision":"allow"}')), "http_403"),
    ("201", sends(http(201, b"{}")), "http_201"),
    ("redirects", sends(http(302, b"", headers=MOVED)), "redirected"),
    ("redirects with the body", sends(http(307, b"", headers=MOVED)), "redirected"),
    ("drops the connection", drops, "connection_lost"),
    ("drops mid-head", sends(b"HTTP/1.1 200 OK\r\nContent-", hangs_up=True), "connection_lost"),
    (
        "drops mid-body",
        sends(http(200, b'{"decision":"allow"', length=400), hangs_up=True),
        "connection_lost",
    ),
    ("speaks no HTTP", sends(b"220 smtp ready\r\n\r\n", hangs_up=True), "connection_lost"),
    ("is empty", sends(http(200, b"")), "not_json"),
    ("says garbage", sends(http(200, b"<html>ok</html>")), "not_json"),
    ("says null", sends(http(200, b"null")), "not_an_answer"),
    ("says a list", sends(http(200, b'["allow"]')), "not_an_answer"),
    ("is huge", body(lambda q: orjson.dumps(answer_to(q, reason="x" * 70_000))), "too_large"),
    ("is endless", sends(http(200, b" " * 70_000, length=10**12)), "too_large"),
    ("is deep", sends(http(200, b"[" * 5_000 + b"]" * 5_000)), "too_deep"),
    ("lies about the tenant", says(tenant_id="globex"), "other_question"),
    ("answers another question", says(question_id="0"), "other_question"),
    (
        "leaves the question out",
        body(lambda q: b'{"decision":"allow","reason":""}'),
        "not_an_answer",
    ),
    ("says both", body(twice), "not_an_answer"),
    ("says yes", says(decision="yes"), "not_an_answer"),
    ("says true", says(decision=True), "not_an_answer"),
    ("says ALLOW", says(decision="ALLOW"), "not_an_answer"),
    ("says nothing", says(decision=None), "not_an_answer"),
    ("gives no reason", says(reason=None), "not_an_answer"),
    ("gives a reason nobody can read", says(reason="may\u202eton"), "not_an_answer"),
    ("gives an endless reason", says(reason="x" * 1_001), "not_an_answer"),
    ("adds a condition", says(unless="it rains"), "not_an_answer"),
    ("grants more than was asked", says(rate=RATE), "not_an_answer"),
    ("grants less than nothing", says(rate={**RATE, "granted": -1}), "not_an_answer"),
    ("grants text", says(rate={**RATE, "granted": "1"}), "not_an_answer"),
    ("grants yes", says(rate={**RATE, "granted": True}), "not_an_answer"),
]


@pytest.mark.parametrize(("behaviour", "code"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_what_is_no_answer_leaves_it_to_a_person(
    stack: ExitStack, behaviour: Behaviour, code: str
) -> None:
    server = stack.enter_context(iam(behaviour))
    assessed = Gate(settings(server.url), stack, NEEDED).one()
    assert (assessed.verdict, codes(assessed)) == (Verdict.NEEDS_APPROVAL, ["iam_unavailable"])
    assert why(assessed) == code


def test_a_redirect_is_not_followed_with_our_credential(stack: ExitStack) -> None:
    other = stack.enter_context(iam())
    moved = {"Location": f"{other.url}{PATH}"}
    server = stack.enter_context(iam(sends(http(307, b"", headers=moved))))
    Gate(settings(server.url, iam_token="s3cret"), stack, NEEDED).one()
    assert other.requests == []


def test_nobody_there_leaves_it_to_a_person(stack: ExitStack) -> None:
    assessed = Gate(settings(f"http://127.0.0.1:{free_port()}"), stack, NEEDED).one()
    assert (assessed.verdict, why(assessed)) == (Verdict.NEEDS_APPROVAL, "connect_failed")


def test_a_connection_closed_under_a_question_costs_no_permission(stack: ExitStack) -> None:
    """As an idle one may be, just when it is used again. Asking changes nothing: it is repeated."""

    def every_other(server: IamServer, question: dict[str, Any], connection: Any) -> None:
        (says() if len(server.requests) % 2 == 0 else drops)(server, question, connection)

    server = stack.enter_context(iam(every_other))
    gate = Gate(settings(server.url, iam_cache_s=0), stack, NEEDED)
    for _ in range(5):
        assert gate.one().verdict is Verdict.AUTO_APPROVE


# --- answers used again --------------------------------------------------------------------


class Clock:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def clocked(server: IamServer, stack: ExitStack, clock: Clock, ttl_s: float) -> Gate:
    client = IamClient(server.url, 0.3, 1.0, lambda: None)
    stack.callback(client.close)
    gate = Gate(settings(None), stack)
    asker = IamAsker(client, AnswerCache(ttl_s), clock)
    gate.chain = Topology(settings(None), snapshot(NEEDED), asker=asker)
    return gate


def test_an_answer_is_used_again_for_its_seconds_and_no_longer(stack: ExitStack) -> None:
    server, clock = stack.enter_context(iam()), Clock()
    gate = clocked(server, stack, clock, 5.0)
    assert gate.one().verdict is Verdict.AUTO_APPROVE
    clock.now += 4.99
    assert gate.one().verdict is Verdict.AUTO_APPROVE
    assert len(server.requests) == 1
    clock.now += 0.01
    gate.one()
    assert len(server.requests) == 2


@pytest.mark.parametrize("behaviour", [waits, drops, sends(http(500, b""))])
def test_a_stale_yes_never_allows_while_the_iam_is_away(
    stack: ExitStack, behaviour: Behaviour
) -> None:
    server, clock = stack.enter_context(iam()), Clock()
    gate = clocked(server, stack, clock, 5.0)
    assert gate.one().verdict is Verdict.AUTO_APPROVE
    server.behaviour = behaviour
    clock.now += 5.0
    for _ in range(3):
        assert gate.one().verdict is Verdict.NEEDS_APPROVAL


def test_a_yes_taken_back_is_a_no_once_its_seconds_are_over(stack: ExitStack) -> None:
    server, clock = stack.enter_context(iam()), Clock()
    gate = clocked(server, stack, clock, 5.0)
    gate.one()
    server.behaviour = says(decision="deny")
    clock.now += 5.0
    assert gate.one().verdict is Verdict.DENY
    clock.now += 1.0
    assert gate.one().verdict is Verdict.DENY
    assert len(server.requests) == 2, "a no is kept like a yes"


def test_an_answer_is_as_old_as_its_question(stack: ExitStack) -> None:
    server, clock = stack.enter_context(iam()), Clock()

    def slowly(server: IamServer, question: dict[str, Any], connection: Any) -> None:
        clock.now += 4.0
        says()(server, question, connection)

    server.behaviour = slowly
    gate = clocked(server, stack, clock, 5.0)
    gate.one()
    clock.now += 1.0
    gate.one()
    assert len(server.requests) == 2


def test_what_was_not_answered_is_asked_again_at_once(stack: ExitStack) -> None:
    server = stack.enter_context(iam(sends(http(500, b""))))
    gate = Gate(settings(server.url), stack, NEEDED)
    assert gate.one().verdict is Verdict.NEEDS_APPROVAL
    server.behaviour = says()
    assert gate.one().verdict is Verdict.AUTO_APPROVE


def test_one_tenants_answer_is_never_anothers(stack: ExitStack) -> None:
    behaviour = says(decision=lambda q: "allow" if q["tenant_id"] == "acme" else "deny")
    server = stack.enter_context(iam(behaviour))
    gate = Gate(settings(server.url), stack, NEEDED)
    for _ in range(2):
        assert gate.propose("ana", tenant="acme")[0].verdict is Verdict.AUTO_APPROVE
        assert gate.propose("ana", tenant="globex")[0].verdict is Verdict.DENY
    assert len(server.requests) == 2


# --- while it is away ----------------------------------------------------------------------


@pytest.mark.timing
@pytest.mark.parametrize("behaviour", [waits, drips, drops, sends(http(500, b""))])
def test_a_batch_is_not_held_up_by_an_iam_that_is_away(
    stack: ExitStack, behaviour: Behaviour, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 actions of 500 users: one after another they would wait for 150 s."""
    server = stack.enter_context(iam(behaviour))
    gate = Gate(settings(server.url), stack, NEEDED)
    took = []
    for batch in range(3):
        users = [f"user-{batch}-{number}" for number in range(500)]
        started = time.monotonic()
        assessed = gate.propose(*users)
        took.append(time.monotonic() - started)
        assert {one.verdict for one in assessed} == {Verdict.NEEDS_APPROVAL}
    with capsys.disabled():
        print(f"\n  away: batches of 500 in {', '.join(f'{s:.2f}' for s in took)} s,", end=" ")
        print(f"{len(server.requests)} questions sent", end=" ")
    assert len(server.requests) < 100
    assert max(took) < 5.0, "with all else a batch needs, on a busy machine"


def test_while_it_is_away_one_probe_finds_it_back(stack: ExitStack) -> None:
    server = stack.enter_context(iam(sends(http(500, b""))))
    gate = Gate(settings(server.url), stack, NEEDED)
    for _ in range(FAILURES):
        gate.one()
    asked = len(server.requests)
    assert {why(one) for one in gate.propose(*"abcdefgh")} == {"iam_away"}
    assert len(server.requests) == asked, "it rests"
    server.behaviour = says()
    deadline = time.monotonic() + 10
    while gate.one().verdict is not Verdict.AUTO_APPROVE:
        assert time.monotonic() < deadline
    batch = gate.propose(*"abcdefgh")
    assert {one.verdict for one in batch} == {Verdict.AUTO_APPROVE}


def test_one_that_refuses_is_there(stack: ExitStack) -> None:
    """A tenant whose questions it refuses costs the others nothing."""

    def picky(server: IamServer, question: dict[str, Any], connection: Any) -> None:
        if question["tenant_id"] == "acme":
            sends(http(400, b"{}"))(server, question, connection)
        else:
            says()(server, question, connection)

    server = stack.enter_context(iam(picky))
    gate = Gate(settings(server.url), stack, NEEDED)
    gate.propose(*(f"user-{number}" for number in range(3 * FAILURES)))
    assert gate.propose("ana", tenant="globex")[0].verdict is Verdict.AUTO_APPROVE


def test_the_catalog_may_ask_for_more_while_the_iam_is_asked(stack: ExitStack) -> None:
    """What is needed counts as it is when the action is decided."""
    server = stack.enter_context(iam())
    gate = Gate(settings(server.url), stack, NEEDED)

    def grown(server: IamServer, question: dict[str, Any], connection: Any) -> None:
        gate.chain.snapshot = snapshot(NEEDED, "notes:shred")
        says()(server, question, connection)

    server.behaviour = grown
    assessed = gate.one()
    assert (assessed.verdict, codes(assessed)) == (Verdict.NEEDS_APPROVAL, ["iam_unavailable"])


def test_what_is_asked_is_counted(stack: ExitStack) -> None:
    server = stack.enter_context(iam())
    gate = Gate(settings(server.url), stack, NEEDED)
    counters = [
        ("interlock_iam_questions_total", {"answer": "allow"}),
        ("interlock_iam_questions_total", {"answer": "http_500"}),
        ("interlock_iam_actions_total", {"source": "cache"}),
        ("interlock_iam_actions_total", {"source": "iam"}),
        ("interlock_iam_question_seconds_count", {}),
    ]

    def counted() -> list[float]:
        return [REGISTRY.get_sample_value(name, labels) or 0 for name, labels in counters]

    before = counted()
    gate.propose("ana", "ana", "eva")
    gate.propose("ana")
    server.behaviour = sends(http(500, b""))
    gate.propose("luis")
    grown = [after - earlier for after, earlier in zip(counted(), before, strict=True)]
    assert grown == [2, 1, 1, 4, 3]


def test_a_cache_is_bounded() -> None:
    cache = AnswerCache(60.0, most=100)
    question = Question(TenantId("acme"), None, "note", "note", "1.0.0", ())
    for number in range(1_000):
        cache.put(question._replace(tool=str(number)), NOT_NEEDED, 0.0)
    assert len(cache) == 100
    assert cache.get(question._replace(tool="999"), 1.0) is not None
