"""The settings a folder of configuration would put in force, without a topic."""

from collections.abc import Iterable
from datetime import UTC, datetime

from interlock.config_files import Wanted
from processors.settings_log import apply
from processors.signatures import SIGNED_KINDS
from processors.snapshot import Snapshot
from schemas.events import Setting


def snapshot_of(wants: Iterable[Wanted]) -> Snapshot:
    """As if they had been published in this order; what must be signed is left out."""
    at = datetime.now(UTC)
    snapshot = Snapshot()
    unsigned = (want for want in wants if want.kind not in SIGNED_KINDS)
    for offset, want in enumerate(unsigned):
        setting = Setting(kind=want.kind, key=want.key, value=want.value, actor="file", at=at)
        snapshot = apply(snapshot, offset, setting, {})
    return snapshot
