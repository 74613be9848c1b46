"""Records that nobody can take, and proposals that are none: what they are and how they end."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.avro import fingerprint
from schemas.codec import encode
from schemas.events import Approved, Assessed, Drafted, EffectReport, LlmResponse, StateChanged
from schemas.names import ExecutionStatus, TenantId, Topic, Verdict
from schemas.records import Headers
from schemas.registry import current
from schemas.states import ApprovalState
from schemas.wire import MARKER
from tests.crash.chain import response, task
from tests.stories import Story


@dataclass(frozen=True, eq=False)
class Bad:
    """A record that ends as a dead letter: of which readers of its topic, and why."""

    name: str
    topic: Topic
    value: Callable[[TenantId], bytes | None]
    code: str
    stages: tuple[str, ...]
    headers: Callable[[], Headers] = tuple


def respond(**fields: Any) -> Callable[[TenantId], bytes]:
    """A good response, but for the fields; `...` leaves one out."""

    def value(tenant: TenantId) -> bytes:
        content = {**orjson.loads(response(tenant, [task()])[1]), **fields}
        return orjson.dumps({k: v for k, v in content.items() if v is not ...})

    return value


def replaced(old: bytes, new: bytes) -> Callable[[TenantId], bytes]:
    """A good response with bytes of its text replaced."""

    def value(tenant: TenantId) -> bytes:
        content = response(tenant, [task("Title")], response_id="Identity")[1]
        assert old in content
        return content.replace(old, new)

    return value


def literally(value: bytes | None) -> Callable[[TenantId], bytes | None]:
    return lambda tenant: value


def _header_of(model: type[LlmResponse]) -> bytes:
    return MARKER + fingerprint(current(model))


def _deep(tenant: TenantId) -> bytes:
    return respond(context={})(tenant).replace(b"{}", b'{"a":' + b"[" * 99 + b"]" * 99 + b"}")


_RESPONSES: list[tuple[str, Callable[[TenantId], bytes | None], str]] = [
    ("not JSON", literally(b"Thought: I should create a task"), "not_json"),
    ("JSON cut short", replaced(b"}]}}", b""), "not_json"),
    ("not UTF-8", replaced(b"Title", b"T\xfftle"), "not_json"),
    ("no object", literally(b'["response_id"]'), "not_an_object"),
    (
        "garbage after the Avro marker",
        literally(_header_of(LlmResponse) + b"\xff" * 40),
        "not_avro",
    ),
    ("Avro cut short", lambda t: encode(_avro_response(t))[:-3], "not_avro"),
    ("Avro and more", lambda t: encode(_avro_response(t)) + b"\0", "not_avro"),
    ("Avro marker alone", literally(MARKER), "not_avro"),
    ("unknown fingerprint", literally(MARKER + b"\xaa" * 8 + b"body"), "unknown_fingerprint"),
    ("another topic's event", lambda t: encode(_change(t)), "unknown_fingerprint"),
    ("a registry's encoding", literally(b"\x00\x00\x00\x00\x07body"), "unsupported_encoding"),
    ("empty", literally(b""), "empty"),
    ("tombstone", literally(None), "tombstone"),
    ("number for a text", respond(response_id=7), "wrong_type"),
    ("text for an object", respond(user_ctx="ana"), "wrong_type"),
    ("no time", respond(produced_at="yesterday"), "wrong_type"),
    ("time without a zone", respond(produced_at="2026-01-01T00:00:00"), "bad_field"),
    ("no response_id", respond(response_id=...), "missing_field"),
    ("no tenant_id", respond(tenant_id=...), "missing_field"),
    ("no output", respond(output=...), "missing_field"),
    ("empty response_id", respond(response_id=""), "bad_field"),
    ("empty tenant_id", respond(tenant_id=""), "bad_field"),
    ("long response_id", respond(response_id="x" * 257), "bad_field"),
    ("NUL in response_id", respond(response_id="a\0b"), "bad_field"),
    ("NUL in tenant_id", respond(tenant_id="a\0b"), "bad_field"),
    ("NUL in trace_id", respond(trace_id="a\0b"), "bad_field"),
    ("NUL in prediction_id", respond(prediction_id="a\0b"), "bad_field"),
    ("lone surrogate in an id", replaced(b"Identity", b"\\ud800"), "not_json"),
    ("lone surrogate in a parameter", replaced(b"Title", b"\\udc00"), "not_json"),
    ("encoded surrogate", replaced(b"Title", b"\xed\xa0\x80"), "not_json"),
    ("an integer beyond 64 bits", replaced(b"0.95", b"9" * 30), "bad_field"),
    ("nested too deep", _deep, "too_deep"),
    ("10 MB", respond(context={"document": "x" * 10_000_000}), "record_too_large"),
    ("actions too large", respond(context={"document": "x" * 960_000}), "output_too_large"),
]


def _avro_response(tenant: TenantId) -> LlmResponse:
    return LlmResponse(response_id=uuid.uuid4().hex, tenant_id=tenant, output="Nothing to do.")


def _change(tenant: TenantId) -> StateChanged:
    story = Story(tenant=tenant)
    story.drafted()
    change = story.events[-1]
    assert isinstance(change, StateChanged)
    return change


# --- our own topics ------------------------------------------------------------------------


def _drafted(tenant: TenantId) -> Drafted:
    return Story(tenant=tenant, origin=uuid.uuid4().hex).drafted()


def _assessed(tenant: TenantId) -> Assessed:
    story = Story(tenant=tenant, origin=uuid.uuid4().hex)
    return story.assessed(story.drafted(), Verdict.AUTO_APPROVE)


def approved(tenant: TenantId) -> Approved:
    """What nobody approved."""
    story = Story(tenant=tenant, origin=uuid.uuid4().hex)
    return story.approved(story.assessed(story.drafted(), Verdict.AUTO_APPROVE), by=[])


def _report(tenant: TenantId, **changes: Any) -> bytes:
    action = approved(tenant)
    values = {"step": 1, "at": action.approval.at, "action": action, **changes}
    return encode(EffectReport(**values))


def _executed(tenant: TenantId) -> bytes:
    story = Story(tenant=tenant, origin=uuid.uuid4().hex)
    action = story.approved(story.assessed(story.drafted(), Verdict.AUTO_APPROVE), by=[])
    return encode(story.executed(action, ExecutionStatus.SUCCEEDED))


def _shouted(event: Drafted) -> bytes:
    return encode(event.model_copy(update={"action_id": event.action_id.upper()}))


def _not_approved(tenant: TenantId) -> bytes:
    action = approved(tenant)
    approval = action.approval.model_copy(update={"state": ApprovalState.REJECTED})
    return encode(action.model_copy(update={"approval": approval}))


def ce_id(text: str | None = None) -> Callable[[], Headers]:
    return lambda: (("ce_id", (text or str(uuid.uuid4())).encode()),)


GARBAGE = literally(MARKER + b"garbage!")
STAGES: dict[Topic, tuple[str, ...]] = {
    Topic.DRAFTED: ("assess", "project"),
    Topic.ASSESSED: ("approve", "project"),
    Topic.APPROVED: ("accept", "project"),
    Topic.REPORTS: ("settle",),
    Topic.EXECUTED: ("approve", "observe", "project"),
    Topic.STATE_CHANGED: ("project",),
}
"""Who reads a topic, and answers a record nobody can take with a dead letter of its own."""

_FOR_ALL: list[tuple[str, Callable[[TenantId], bytes | None], str]] = [
    ("garbage", GARBAGE, "unknown_fingerprint"),
    ("JSON", literally(b'{"action_id": 7}'), "not_avro"),
    ("tombstone", literally(None), "tombstone"),
    ("empty", literally(b""), "empty"),
]

DRAFTED, APPROVED, REPORTS = Topic.DRAFTED, Topic.APPROVED, Topic.REPORTS

BAD_RESPONSES = [
    Bad(name, Topic.RESPONSES, value, code, ("draft",)) for name, value, code in _RESPONSES
]
BAD_EVENTS = [
    *(
        Bad(name, topic, value, code, stages, ce_id())
        for topic, stages in STAGES.items()
        for name, value, code in _FOR_ALL
    ),
    Bad("no ce_id", DRAFTED, lambda t: encode(_drafted(t)), "missing_ce_id", ("assess",)),
    Bad("odd ce_id", DRAFTED, lambda t: encode(_drafted(t)), "bad_ce_id", ("assess",), ce_id("7")),
    Bad(
        "NUL in ce_id",
        DRAFTED,
        lambda t: encode(_drafted(t)),
        "bad_ce_id",
        ("assess",),
        ce_id("a\0b"),
    ),
    Bad(
        "shouted ce_id",
        DRAFTED,
        lambda t: encode(_drafted(t)),
        "bad_ce_id",
        ("assess",),
        ce_id(str(uuid.uuid4()).upper()),
    ),
    Bad(
        "shouted action_id",
        DRAFTED,
        lambda t: _shouted(_drafted(t)),
        "bad_field",
        ("assess",),
        ce_id(),
    ),
    Bad(
        "no revision",
        DRAFTED,
        lambda t: encode(_drafted(t).model_copy(update={"revision": 0})),
        "bad_field",
        ("assess",),
        ce_id(),
    ),
    Bad(
        "shouted action_id",
        Topic.ASSESSED,
        lambda t: _shouted(_assessed(t)),
        "bad_field",
        ("approve",),
        ce_id(),
    ),
    Bad(
        "NUL in tool",
        APPROVED,
        lambda t: encode(approved(t).model_copy(update={"tool": "a\0b"})),
        "database_rejects",
        ("accept",),
        ce_id(),
    ),
    Bad(
        "shouted action_id",
        APPROVED,
        lambda t: _shouted(approved(t)),
        "bad_field",
        ("accept",),
        ce_id(),
    ),
    Bad("a rejection", APPROVED, _not_approved, "bad_field", ("accept",), ce_id()),
    Bad("no ce_id", REPORTS, _report, "missing_ce_id", ("settle",)),
    Bad("step 0", REPORTS, lambda t: _report(t, step=0), "bad_field", ("settle",), ce_id()),
    Bad(
        "step 10,000",
        REPORTS,
        lambda t: _report(t, step=10_000),
        "bad_field",
        ("settle",),
        ce_id(),
    ),
    Bad("no ce_id", Topic.EXECUTED, _executed, "missing_ce_id", ("approve", "observe")),
]


# --- proposals that are none ---------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Unusable:
    """A readable response whose proposal ends `invalid`."""

    name: str
    value: Callable[[TenantId], bytes]
    code: str
    names_action: bool = True


def propose(**changes: Any) -> Callable[[TenantId], bytes]:
    return lambda tenant: response(tenant, [{**task(), **changes}])[1]


UNUSABLE = [
    # The readers refuse NUL, before there is an action to name.
    Unusable(
        "NUL in a parameter",
        propose(parameters={"titulo": "a\0b"}),
        "unsupported_character",
        False,
    ),
    Unusable("NUL in a name", propose(parameters={"a\0b": 1}), "unsupported_character", False),
    Unusable("NUL in a type", propose(action_type="a\0b"), "action_type_unreadable"),
    Unusable("a parameter missing", propose(parameters={"titulo": "x"}), "parameter_invalid"),
    Unusable(
        "a number of no canonical form",
        propose(action_type="unheard-of", parameters={"n": 2**60}),
        "params_not_canonical",
    ),
    Unusable(
        "NUL in the user's roles",
        respond(user_ctx={"user_id": "ana", "roles": ["a\0b"]}),
        "unsupported_character",
        False,
    ),
    Unusable("NUL in the context", respond(context={"a": ["\0"]}), "unsupported_character", False),
    Unusable(
        "lone surrogate inside a text",
        respond(
            output='{"actions": [{"action_type": "create_task", "parameters": {"t": "\\ud800"}}]}'
        ),
        "output_not_json",
        False,
    ),
    Unusable("another shape", respond(output={"tasks": []}), "shape_unknown", False),
    Unusable("a type missing", respond(output={"actions": [{}]}), "action_type_missing", False),
]
