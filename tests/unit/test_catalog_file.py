"""The catalog's file: what it can say of a tool, and how a mistake in it is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from interlock.catalog.file import read_catalog
from schemas.faults import ProcessFault
from schemas.names import RiskLevel

SCHEMA = {
    "type": "object",
    "properties": {
        "to": {"type": "object", "properties": {"e/mail": {"type": "string"}}},
        "text": {"type": "string"},
    },
}
MAILER = {
    "version": "2.0.0",
    "parameters": SCHEMA,
    "aliases": ["mail"],
    "tenants": ["acme"],
    "risk_label": "medium",
    "risk_labelled_at": datetime(2026, 3, 1, tzinfo=UTC),
    "permissions": ["mail:send"],
    "max_calls_per_minute": 60,
    "sensitive_parameters": {"/to/e~1mail": "pii"},
    "fallback": ["post"],
    "status_path": "/status",
    "rollback_path": "/rollback",
    "verify_path": "/verify",
    "contact": "mail@example.com",
    "source": "https://tools.example.com",
}

Content = dict[str, Any]


@pytest.fixture
def content() -> Content:
    return {
        "mailer": dict(MAILER),
        "mailer@1.0.0": {"parameters": {}},
        "post": {"version": "0.1.0-rc.1", "parameters": {}},
    }


def write(folder: Path, content: Content) -> Path:
    file = folder / "catalog.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return file


def test_every_field_can_be_said(tmp_path: Path, content: Content) -> None:
    plugins = read_catalog(write(tmp_path, content))
    assert list(plugins) == ["mailer", "mailer@1.0.0", "post"]
    mailer = plugins["mailer"]
    assert (mailer.tool, mailer.risk_label) == ("mailer", RiskLevel.MEDIUM)
    for field, value in MAILER.items():
        assert getattr(mailer, field) == value
    older = plugins["mailer@1.0.0"]
    assert (older.tool, older.version, older.tenants) == ("mailer", "1.0.0", ["*"])


Damage = Callable[[Content], object]


@pytest.mark.parametrize(
    ("key", "damage", "text"),
    [
        ("mailer", lambda c: c["mailer"].update(version="2.0"), "`2.0` is no semantic version"),
        ("mailer@1", lambda c: c.update({"mailer@1": {"parameters": {}}}), "semantic version"),
        (
            "mailer@1.0.0",
            lambda c: c["mailer@1.0.0"].update(version="1.1.0"),
            "the entry is of mailer@1.1.0",
        ),
        ("mailer", lambda c: c["mailer"].update(tool="post"), "the entry is of post@2.0.0"),
        (
            "mailer@2.0.0",
            lambda c: c.update({"mailer@2.0.0": {"parameters": {}}}),
            "has this version in force already",
        ),
        (
            "gone@1.0.0",
            lambda c: c.update({"gone@1.0.0": {"parameters": {}}}),
            "no version of `gone` is in force",
        ),
        (
            "mailer",
            lambda c: c["mailer"].update(sensitive_parameters={"/to/name": "pii"}),
            "no property at `/to/name`",
        ),
        (
            "mailer",
            lambda c: c["mailer"].update(sensitive_parameters={"to": "pii"}),
            "no property at `to`",
        ),
        ("mailer", lambda c: c["mailer"].update(fallback=["mailer"]), "stand in for itself"),
        ("mailer", lambda c: c["mailer"].update(fallback=["gone"]), "no tool `gone`"),
        (
            "mailer",
            lambda c: c["mailer"].update(fallback=["mailer@1.0.0"]),
            "no tool `mailer@1.0.0`",
        ),
        ("mailer", lambda c: c["mailer"].update(status_path="status"), "status_path"),
        ("mailer", lambda c: c["mailer"].update(rollback_path=""), "rollback_path"),
        ("mailer", lambda c: c["mailer"].update(verify_path="http://x/"), "verify_path"),
        ("mailer", lambda c: c["mailer"].update(risk_labelled_at="2026-03-01"), "risk_labelled_at"),
        ("mailer", lambda c: c["mailer"].update(max_calls_per_minute=0), "max_calls_per_minute"),
        ("mailer", lambda c: c["mailer"].update(permisions=[]), "permisions"),
        ("mailer", lambda c: c["mailer"].update(parameters={"type": "no"}), "no JSON Schema"),
        ("post", lambda c: c["post"].update(aliases=["mail"]), "mailer's name already"),
        (
            "post",
            lambda c: c["post"].update(parameters={"$ref": "file:///etc/hostname"}),
            "hold all it refers to",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_key(
    tmp_path: Path, content: Content, key: str, damage: Damage, text: str
) -> None:
    damage(content)
    with pytest.raises(ProcessFault) as refused:
        read_catalog(write(tmp_path, content))
    assert refused.value.code == "config_unreadable"
    for part in ("catalog.yaml: ", f"{key}", text):
        assert part in refused.value.text
    assert "\n" not in refused.value.text


def test_another_version_may_have_the_aliases_of_the_one_in_force(
    tmp_path: Path, content: Content
) -> None:
    content["mailer@1.0.0"]["aliases"] = ["mail"]
    assert read_catalog(write(tmp_path, content))["mailer@1.0.0"].aliases == ["mail"]
