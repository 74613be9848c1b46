"""Identities must not move: everything ever stored is found by them."""

import pytest

from schemas.identity import action_id, content_hash, input_id, output_id, params_hash, report_id
from schemas.names import ActionId, EventId, TenantId
from schemas.sequence import Rank, parts, sequence

T = TenantId("t")


def test_golden_values() -> None:
    assert action_id(T, "response", "r", 0) == "e6739724-184f-558c-a4d4-84e8ced2309d"
    assert input_id("llm.responses", T, "r", "h") == "710c35e0-e388-5383-8814-2710a57922ce"
    assert output_id("draft", EventId("e"), "actions.drafted", 0) == (
        "d845b9f6-b02b-5014-9226-71adf46a0e55"
    )
    assert report_id(ActionId("a"), 1, 2) == "40f0955f-d9d9-547a-af59-52660beae10a"


def test_parts_cannot_run_together() -> None:
    assert action_id(TenantId("a"), "b", "cd", 1) != action_id(TenantId("a"), "bc", "d", 1)
    assert action_id(TenantId('a","b'), "c", "d", 1) != action_id(TenantId("a"), "b", 'c","d', 1)


def test_params_hash_is_of_the_content_not_of_its_spelling() -> None:
    one = params_hash("tool", "1.0.0", {"a": 1, "b": [1.0, "ñ"]})
    other = params_hash("tool", "1.0.0", {"b": [1, "\u00f1"], "a": 1.0})
    assert one == other
    assert len(one) == 64


@pytest.mark.parametrize(
    "other",
    [("tool2", "1.0.0", {"a": 1}), ("tool", "1.0.1", {"a": 1}), ("tool", "1.0.0", {"a": 2})],
)
def test_params_hash_covers_tool_version_and_params(other: tuple[str, str, dict[str, int]]) -> None:
    assert params_hash("tool", "1.0.0", {"a": 1}) != params_hash(*other)


@pytest.mark.parametrize("value", [2**60, float("nan"), float("inf"), "\ud800"])
def test_what_canonical_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        params_hash("tool", None, {"a": value})


def test_content_hash_is_of_the_bytes() -> None:
    assert content_hash(b'{"a":1}') != content_hash(b'{"a": 1}')


def test_sequence_orders_by_revision_then_rank_then_step() -> None:
    ordered = [
        sequence(1, Rank.DRAFT),
        sequence(1, Rank.APPROVE, 1),
        sequence(1, Rank.APPROVE, 9_999),
        sequence(1, Rank.EXECUTE),
        sequence(1, Rank.RESOLVE),
        sequence(2, Rank.DRAFT),
    ]
    assert ordered == sorted(ordered)
    assert parts(sequence(3, Rank.OBSERVE, 7)) == (3, Rank.OBSERVE, 7)
    with pytest.raises(ValueError, match="step"):
        sequence(1, Rank.DRAFT, 10_000)
