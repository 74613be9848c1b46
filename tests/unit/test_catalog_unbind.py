"""What a person takes off a live entry."""

from dataclasses import replace

import pytest

from interlock.catalog.unbind import Unbinding, plan_unbind
from interlock.config_plan import Act
from processors.risk import stale_label
from processors.snapshot import Snapshot
from schemas.faults import ProcessFault
from schemas.names import SettingKind
from tests.unit.test_catalog_sync import OFFER, published, synced, with_entry
from tests.unit.test_snapshot import after, plugin, setting


@pytest.fixture
def live() -> Snapshot:
    return with_entry(
        synced(Snapshot(), OFFER), tenants=["acme", "other"], permissions=["mail:send", "root"]
    )


def test_a_permission_a_tenant_and_a_label_are_taken_off(live: Snapshot) -> None:
    found = plan_unbind(live, "mailer", Unbinding(["root"], ["other"], label=True))
    assert [(d.act, d.kind) for d in found] == [
        (Act.CHANGE, SettingKind.PLUGIN),
        (Act.DELETE, SettingKind.LABEL),
    ]
    now = published(live, found)
    expected = {"tenants": ["acme"], "permissions": ["mail:send"]}
    assert now.plugins["mailer"] == live.plugins["mailer"].model_copy(update=expected)
    assert now.labels == {}
    # A wrong permission that was taken off does not come back by itself.
    assert synced(now, replace(OFFER, permissions=("mail:send", "root"))).plugins == now.plugins


def test_the_last_tenant_can_go_and_everybody_too(live: Snapshot) -> None:
    now = published(live, plan_unbind(live, "mailer", Unbinding(tenants=["acme", "other"])))
    assert now.plugins["mailer"].tenants == []
    everybody = after(plugin("mailer"))
    now = published(everybody, plan_unbind(everybody, "mailer", Unbinding(tenants=["*"])))
    assert now.plugins["mailer"].tenants == []


@pytest.mark.parametrize(
    ("key", "taken", "text"),
    [
        ("gone", Unbinding(["root"]), "no entry"),
        ("gone", Unbinding(label=True), "no source"),
        ("mailer", Unbinding(["admin"]), "does not ask"),
        ("mailer", Unbinding(tenants=["third"]), "does not name"),
        ("mailer@1.0.0", Unbinding(["root"]), "no entry"),
    ],
)
def test_what_is_not_there_cannot_be_taken_off(
    live: Snapshot, key: str, taken: Unbinding, text: str
) -> None:
    with pytest.raises(ProcessFault, match=text):
        plan_unbind(live, key, taken)


def test_one_tenant_cannot_be_taken_off_everybody() -> None:
    with pytest.raises(ProcessFault, match=r"every tenant"):
        plan_unbind(after(plugin("mailer")), "mailer", Unbinding(tenants=["acme"]))


def test_a_label_that_cannot_be_read_makes_the_entry_stale() -> None:
    broken = after(plugin("mailer"), setting(SettingKind.LABEL, "mailer", {"risk_label": "?"}))
    assert stale_label(broken.plugins["mailer"], broken.labels)
    now = published(broken, plan_unbind(broken, "mailer", Unbinding(label=True)))
    assert not stale_label(now.plugins["mailer"], now.labels)
