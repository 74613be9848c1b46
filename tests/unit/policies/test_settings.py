"""Policies on `control.settings`: one that cannot be read leaves the old pack in force."""

import pytest

from schemas.events import JsonObject
from schemas.names import SettingKind
from tests.unit.test_snapshot import after, record, reduced, setting

DENIES: JsonObject = {
    "version": "1",
    "rules": [{"name": "d", "when": "params.importe > 1", "effect": "deny"}],
}
FIRST = after(setting(SettingKind.POLICY, "p", DENIES))


def test_a_pack_is_in_force_once_its_record_is_read() -> None:
    assert FIRST.problem_count == 0
    assert FIRST.policies["p"].pack.version == "1"
    assert len(FIRST.policies["p"].scope("t", "x", "y").rules) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"version": "2", "rules": [{"name": "d", "when": "foo", "effect": "deny"}]}, "1:1"),
        ({"version": "2", "rules": [{"name": "d", "when": "true", "effect": "no"}]}, "effect"),
        ({"version": "2", "rulez": []}, "rulez"),
        ({"version": "2", "rules": "all"}, "rules"),
        (
            {"version": "2", "rules": [{"name": "d", "when": "true", "effect": "deny", "mod": 1}]},
            "mod",
        ),
        (
            {
                "version": "2",
                "rules": [{"name": "d", "when": "true", "effect": "deny", "tenants": []}],
            },
            "tenants",
        ),
        (
            {
                "version": "2",
                "rules": [{"name": "d", "when": "true", "effect": "deny", "sla_s": 9}],
            },
            "sla_s",
        ),
    ],
)
def test_an_unreadable_pack_leaves_the_old_one_and_is_told(value: JsonObject, text: str) -> None:
    second = after(setting(SettingKind.POLICY, "p", value), base=FIRST)
    assert second.policies["p"] is FIRST.policies["p"]
    assert second.settings["policy:p"] == FIRST.settings["policy:p"]
    assert (second.version, second.problem_count) == (1, 1)
    assert second.problems[-1].code == "value_unreadable"
    assert text in second.problems[-1].text


def test_a_record_that_is_no_setting_leaves_the_old_pack_too() -> None:
    second = reduced(record(1, b"\x00nonsense", "policy:p"), base=FIRST)
    assert second.policies["p"] is FIRST.policies["p"]
    assert second.problem_count == 1


def test_of_a_pack_that_was_never_read_nothing_is_in_force() -> None:
    first = after(setting(SettingKind.POLICY, "p", {"rules": [1]}))
    assert (dict(first.policies), dict(first.settings)) == ({}, {})
    assert first.problem_count == 1


def test_a_deleted_pack_is_gone_and_a_corrected_one_is_back() -> None:
    gone = after(setting(SettingKind.POLICY, "p", None), base=FIRST)
    assert dict(gone.policies) == {}
    again = after(setting(SettingKind.POLICY, "p", {**DENIES, "version": "2"}), base=gone)
    assert again.policies["p"].pack.version == "2"


def test_the_same_content_is_compiled_once() -> None:
    once = after(setting(SettingKind.POLICY, "p", DENIES))
    again = after(setting(SettingKind.POLICY, "p", dict(DENIES), minute=5), base=once)
    assert again.policies["p"] is once.policies["p"]
