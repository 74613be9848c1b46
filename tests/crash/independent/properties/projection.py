"""The read models say what the log says: folded again here, by sequence, from the log alone."""

from collections.abc import Sequence

from tests.crash.independent.contract import APPROVAL_STATUS, EXECUTION_STATUS, WORDS
from tests.crash.independent.events import Changed, Key
from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World


def projection(world: World, finding: Finding) -> None:
    _executions(world, finding)
    _approvals(world, finding)


def _executions(world: World, finding: Finding) -> None:
    told: dict[str, list[Changed]] = {}
    for (action, _), changes in world.transitions.items():
        told.setdefault(action, []).extend(changes)
    for draft in world.drafted:
        told.setdefault(draft.key[0], [])
    rows = {row.action: row for row in world.database.executions}
    finding.saw("rows", len(rows))
    for action in rows.keys() - told.keys():
        finding.object(action, "a row of an action that no topic knows")
    for action, changes in told.items():
        finding.saw("actions")
        row = rows.get(action)
        if row is None:
            finding.object(action, "no row of this action")
            continue
        ordered = sorted(changes, key=lambda change: change.sequence)
        words = [s for c in ordered if (s := APPROVAL_STATUS.get(c.state or ""))]
        expected: dict[str, object] = {
            "approval_status": words[-1] if words else "pending",
        }
        if ordered:
            last = ordered[-1]
            expected |= {
                "sequence": last.sequence,
                "state": last.state,
                "tenant": last.tenant,
                "execution_status": EXECUTION_STATUS.get(last.state or ""),
            }
        if drafts := world.drafted_by_key.get((action, row.revision)):
            draft = drafts[0]
            expected |= {
                "tenant": draft.tenant,
                "tool": draft.tool,
                "params": draft.params,
                "params_hash": draft.params_hash,
            }
        for name, value in expected.items():
            shown = getattr(row, name)
            finding.expect(shown == value, action, f"{name} is {shown!r}, the log says {value!r}")


def _approvals(world: World, finding: Finding) -> None:
    said: dict[Key, str] = {}
    for key, changes in world.transitions.items():
        for change in changes:
            if (word := WORDS.get(change.state or "")) is not None:
                said[key] = word
    asked = {key for key, changes in world.transitions.items() if _was_asked(changes)}
    rows = {row.key: row for row in world.database.asked}
    finding.saw("approvals", len(said))
    for key in rows.keys() - said.keys():
        finding.object(key[0], "an approval of something nobody was asked about")
    for key, word in said.items():
        row = rows.get(key)
        if row is None:
            finding.object(key[0], "no approval row, though a person was asked or spoke")
            continue
        shown, expected = (row.status, row.requested), (word, key in asked)
        finding.expect(shown == expected, key[0], f"approval is {shown}, the log says {expected}")


def _was_asked(changes: Sequence[Changed]) -> bool:
    return any(change.state == "pending_approval" for change in changes)
