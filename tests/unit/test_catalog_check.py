"""What is wrong with a catalog whose every entry can be read."""

from interlock.catalog.check import findings
from schemas.events import JsonObject
from schemas.names import SettingKind
from tests.unit.test_catalog_sync import LABELLED
from tests.unit.test_snapshot import after, definition, plugin, setting


def test_every_finding_is_found() -> None:
    old: JsonObject = {"tool": "a", "version": "0.9.0", "parameters": {}, "contact": "c"}
    settings = after(
        plugin("a", fallback=["gone"], contact="c"),
        plugin("b"),
        setting(SettingKind.PLUGIN, "a@0.9.0", old),
        definition("uses_a", ["a"]),
        definition("uses_gone", ["gone"]),
        setting(
            SettingKind.LABEL, "a", {"risk_label": "high", "labelled_at": LABELLED.isoformat()}
        ),
    )
    assert [(finding.code, finding.subject) for finding in findings(settings)] == [
        ("label_stale", "a"),
        ("label_stale", "a@0.9.0"),
        ("fallback_unknown", "a"),
        ("contact_missing", "b"),
        ("type_without_tool", "uses_gone"),
        ("tool_unused", "b"),
        ("version_superseded", "a@0.9.0"),
    ]


def test_a_catalog_in_order_has_no_findings() -> None:
    settings = after(plugin("a", contact="c"), definition("uses_a", ["a"]))
    assert findings(settings) == []
