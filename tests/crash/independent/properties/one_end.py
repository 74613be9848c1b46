"""Each revision of an action comes to exactly one end, on a path that the contract permits."""

from collections.abc import Sequence

from tests.crash.independent.contract import ENDS, FINAL, MAY_FOLLOW, START
from tests.crash.independent.events import Changed, Key
from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World, by_key


def one_end(world: World, finding: Finding) -> None:
    verdicts = by_key(world.assessed)
    for key, drafts in world.drafted_by_key.items():
        finding.saw("drafted")
        finding.expect(len(drafts) == 1, key[0], f"drafted {len(drafts)} times")
        assessed, approved = len(verdicts.get(key, ())), len(world.approved_by_key.get(key, ()))
        finding.expect(assessed == 1, key[0], f"assessed {assessed} times")
        finding.expect(approved <= 1, key[0], f"approved {approved} times")
        changes = world.transitions.get(key, ())
        if _may_be_open(world, key):
            finding.saw("undecided")
        else:
            _has_one_end(key, changes, finding)
    for key, changes in world.transitions.items():
        finding.saw("transitions", len(changes))
        if key not in world.drafted_by_key:
            states = [change.state for change in changes]
            finding.expect(states == ["invalid"], key[0], f"never drafted, yet {states}")
        _is_a_path(key, changes, finding)


def _may_be_open(world: World, key: Key) -> bool:
    return world.end(key) == "pending_approval" and key[0] in world.campaign.undecided


def _has_one_end(key: Key, changes: Sequence[Changed], finding: Finding) -> None:
    ends = [change for change in changes if change.state in ENDS]
    states = [change.state for change in changes]
    if len(ends) != 1:
        finding.object(key[0], f"revision {key[1]} has {len(ends)} ends: {states}")
    for end in ends:
        beyond = [c.state for c in changes if c.sequence > end.sequence and end.state in FINAL]
        finding.expect(not beyond, key[0], f"after {end.state} still {beyond}")


def _is_a_path(key: Key, changes: Sequence[Changed], finding: Finding) -> None:
    states: dict[int, str | None] = {}
    for change in changes:
        known = states.setdefault(change.sequence, change.state)
        finding.expect(
            known == change.state,
            key[0],
            f"sequence {change.sequence} is both {known} and {change.state}",
        )
    before: str = START
    for sequence in sorted(states):
        state = str(states[sequence])
        finding.expect(
            state in MAY_FOLLOW.get(before, frozenset()),
            key[0],
            f"revision {key[1]}: {state} may not follow {before}",
        )
        before = state
