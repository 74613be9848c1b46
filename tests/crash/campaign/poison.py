"""Records of `llm.responses` nobody can use. Pure; `tests.crash.bad_records` has all there are,
with ids of their own making; these are drawn from the seed."""

import random
from collections.abc import Callable, Mapping
from typing import Any, Literal

import orjson

from schemas.wire import MARKER

Content = dict[str, Any]
Ending = Literal["dead_letter", "invalid"]


def _good(tenant: str, name: str, rng: random.Random) -> Content:
    return {
        "response_id": name,
        "tenant_id": tenant,
        "trace_id": f"{rng.randrange(1, 16**32):032x}",
        "output": {"actions": [{"action_type": "tally", "parameters": {}, "confidence": 0.9}]},
    }


Spoil = Callable[[Content], bytes | None]


def _with(**fields: Any) -> Spoil:
    return lambda content: orjson.dumps(
        {k: v for k, v in {**content, **fields}.items() if v is not ...}
    )


def _deep(content: Content) -> bytes:
    return orjson.dumps({**content, "context": {}}).replace(
        b'"context":{}', b'"context":{"a":' + b"[" * 500 + b"]" * 500 + b"}"
    )


DEAD: Mapping[str, Spoil] = {
    "not JSON": lambda content: b"Thought: I should create a task",
    "cut short": lambda content: orjson.dumps(content)[:-3],
    "not UTF-8": lambda content: orjson.dumps(content).replace(b"tally", b"t\xffally"),
    "no object": lambda content: b'["response_id"]',
    "garbage after the marker": lambda content: MARKER + b"\xaa" * 30,
    "empty": lambda content: b"",
    "tombstone": lambda content: None,
    "number for a text": _with(response_id=7),
    "text for an object": _with(user_ctx="ana"),
    "no output": _with(output=...),
    "NUL in response_id": _with(response_id="a\0b"),
    "lone surrogate": lambda content: orjson.dumps(content).replace(b"tally", b"\\udc00"),
    "an integer beyond 64 bits": lambda content: orjson.dumps(content).replace(b"0.9", b"9" * 30),
    "too deep": _deep,
    "events too large": _with(context={"document": "x" * 960_000}),
    "10 MB": _with(context={"document": "x" * 10_000_000}),
}
"""Ends as a dead letter."""

INVALID: Mapping[str, Spoil] = {
    "NUL in the context": _with(context={"a": ["\0"]}),
    "another shape": _with(output={"tasks": []}),
    "a type missing": _with(output={"actions": [{}]}),
    "NUL in a parameter": _with(
        output={"actions": [{"action_type": "create_task", "parameters": {"titulo": "a\0b"}}]}
    ),
    "a parameter missing": _with(
        output={"actions": [{"action_type": "create_task", "parameters": {"titulo": "x"}}]}
    ),
}
"""Readable, and a state change says what is wrong with it."""

RARE = frozenset({"10 MB", "events too large"})


def poison(rng: random.Random, tenant: str, name: str) -> tuple[bytes | None, Ending]:
    """A record, and how it has to end."""
    content = _good(tenant, name, rng)
    if rng.random() < 0.3:
        return rng.choice(list(INVALID.values()))(content), "invalid"
    kind = rng.choice(list(DEAD))
    if kind in RARE and rng.random() < 0.8:
        kind = "cut short"
    return DEAD[kind](content), "dead_letter"
