"""What the ledger knows is what everybody is told: above all, that nobody knows.

Nothing is left lying in the ledger, and each of its rows was told by exactly one execution.
"""

from collections.abc import Mapping

from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World, by_key

UNKNOWN = "outcome_unknown"
SHOWN_AS: Mapping[str, tuple[str, frozenset[str]]] = {
    "done": ("succeeded", frozenset({"succeeded"})),
    "failed": ("failed", frozenset({"failed"})),
    # A revoked approval is told by approve; the ledger adds nothing to it.
    "skipped": ("skipped", frozenset({"skipped", "revoked"})),
    "unknown": ("unknown", frozenset({UNKNOWN})),
}
"""The ledger's state → `status` of `actions.executed`, and the last state of the action."""


def unknown_visible(world: World, finding: Finding) -> None:
    ledger = {row.key: row.state for row in world.database.effects}
    shown = {row.action: row.state for row in world.database.executions}
    executed = {key: [e.status for e in of] for key, of in by_key(world.executed).items()}
    for key, state in ledger.items():
        finding.saw("ledger rows")
        if state not in SHOWN_AS:
            finding.object(key[0], f"still {state} in the ledger")
            continue
        status, states = SHOWN_AS[state]
        end, told_as = world.end(key), executed.get(key, [])
        finding.expect(end in states, key[0], f"{state} in the ledger, shown as {end}")
        finding.expect(
            told_as == [status] or (end == "revoked" and not told_as),
            key[0],
            f"{state} in the ledger, executed as {told_as}",
        )
    for key in executed.keys() - ledger.keys():
        finding.object(key[0], f"executed as {executed[key]}, and not in the ledger")
    unknown = {key for key, state in ledger.items() if state == "unknown"}
    told = {key for key in world.last if world.end(key) == UNKNOWN}
    finding.saw("unknown", len(unknown | told))
    for key in unknown - told:
        finding.object(key[0], f"unknown in the ledger, {world.end(key)} on the state topic")
    for key in told - unknown:
        finding.object(key[0], f"{UNKNOWN} on the state topic, {ledger.get(key)} in the ledger")
    actions = {action for action, _ in unknown}
    for action in {a for a, state in shown.items() if state == UNKNOWN} ^ actions:
        finding.object(
            action, f"shown as {shown.get(action)}, in the ledger unknown: {action in actions}"
        )
    finding.expect(
        world.database.untold_reports == 0,
        None,
        f"{world.database.untold_reports} of the ledger's reports were never published",
    )
