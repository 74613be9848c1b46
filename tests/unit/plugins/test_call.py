"""The edge: whatever arrives becomes a call or a refusal that says so."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.call import Call, is_key, read_call
from plugins.problems import Effect, Problem

ENVELOPE: dict[str, Any] = {
    "tenant_id": "tenant-a",
    "action_id": "0b6e1f9a-1d6f-5a51-9a3e-5f8a1f0b2c3d",
    "revision": 2,
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "tool": "create_task",
    "version": "1.0.0",
    "params": {"titulo": "x"},
}
KEY = f"{ENVELOPE['action_id']}.2"


def read(change: dict[str, Any] | None = None, key: str | None = KEY) -> Call:
    return read_call("create_task", key, orjson.dumps({**ENVELOPE, **(change or {})}))


def refusal(change: dict[str, Any] | None = None, key: str | None = KEY) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        read(change, key)
    assert caught.value.effect is Effect.NONE
    return caught.value.status, caught.value.code


def effect_of(body: bytes) -> Effect | None:
    """What the refusal of this body says was done; None if it is a call."""
    try:
        read_call("create_task", KEY, body)
    except Problem as problem:
        return problem.effect
    return None


def test_a_call_is_read() -> None:
    call = read()
    assert (call.key, call.tenant_id, call.revision) == (KEY, "tenant-a", 2)


def test_the_hash_does_not_depend_on_how_the_params_are_written() -> None:
    one = read({"params": {"a": 5, "b": "ñ"}})
    other = read_call(
        "create_task",
        KEY,
        orjson.dumps(ENVELOPE | {"params": {}}).replace(
            b'"params":{}', b'"params": { "b": "\\u00f1", "a": 5.0 }'
        ),
    )
    assert one.params_sha256 == other.params_sha256
    assert one.params_sha256 != read({"params": {"a": 6, "b": "ñ"}}).params_sha256


def test_a_version_may_be_left_open() -> None:
    assert read({"version": None}).version is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tenant_id": None}, (400, "tenant_missing")),
        ({"tenant_id": ""}, (400, "tenant_missing")),
        ({"tenant_id": "*"}, (400, "malformed_call")),
        ({"tenant_id": 7}, (400, "malformed_call")),
        ({"tenant_id": " a"}, (400, "malformed_call")),
        ({"trace_id": None}, (400, "malformed_call")),
        ({"revision": 0}, (400, "malformed_call")),
        ({"revision": True}, (400, "malformed_call")),
        ({"revision": "2"}, (400, "malformed_call")),
        ({"revision": 3}, (400, "idempotency_key_mismatch")),
        ({"action_id": "../../etc/x"}, (400, "malformed_call")),
        ({"tool": "send_notification"}, (400, "tool_mismatch")),
        ({"params": []}, (400, "malformed_call")),
        ({"params": {"titulo": "a\0b"}}, (422, "nul_character")),
        ({"params": {"a\0b": 1}}, (422, "nul_character")),
        ({"params": {"l": [{"x": ["\0"]}]}}, (422, "nul_character")),
        ({"tenant_id": "a\0"}, (422, "nul_character")),
        ({"params": {"n": 2**60}}, (422, "params_not_canonical")),
    ],
)
def test_what_is_wrong_with_a_call_has_a_code(
    change: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(change) == expected


def test_the_key_is_required_and_belongs_to_the_body() -> None:
    assert refusal(key=None) == (400, "idempotency_key_missing")
    assert refusal(key="x.1") == (400, "idempotency_key_mismatch")


def test_text_about_nul_is_not_nul() -> None:
    assert read({"params": {"titulo": "\\u0000"}}).params == {"titulo": "\\u0000"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"a": NaN}', b'"\\ud800"', b"\xff", b"[" * 100_000],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_call("create_task", KEY, body)
    assert (caught.value.status, caught.value.code) == (400, "malformed_json")


@pytest.mark.parametrize("depth", [100, 900, 990, 1010, 5_000])
def test_depth_ends_in_a_call_or_a_problem(depth: int) -> None:
    body = orjson.dumps(ENVELOPE | {"params": {}}).replace(
        b'"params":{}', b'"params":' + b'{"d":' * depth + b"1" + b"}" * depth
    )
    assert effect_of(body) in (None, Effect.NONE)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(sorted(ENVELOPE)),
)
def test_any_value_anywhere_is_a_call_or_a_problem(value: Any, field: str) -> None:
    try:
        body = orjson.dumps({**ENVELOPE, field: value})
    except (TypeError, orjson.JSONEncodeError):
        return
    assert effect_of(body) in (None, Effect.NONE)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Problem):
        read_call("create_task", KEY, body)


def test_only_keys_that_could_have_been_given_are_keys() -> None:
    assert is_key(KEY)
    assert not any(map(is_key, ["", "a", "a.0", "a.01", "A.1", "a/b.1", "a.1\n", "a\0.1"]))
