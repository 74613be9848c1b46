"""Everything that was sent came to what it should: no less, no more, under its own tenant."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tests.crash.independent.campaign import Decided, Published
from tests.crash.independent.contract import RESPONSES
from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World

Response = tuple[str, str | None]
"""(tenant, response_id)"""


def nothing_lost(world: World, finding: Finding) -> None:
    if world.campaign.published is not None:
        _responses(world, finding, world.campaign.published)
    for decided in world.campaign.decided or ():
        finding.saw(f"decisions {decided.why}")
    _decisions(world, finding)


def _responses(world: World, finding: Finding, published: tuple[Published, ...]) -> None:
    drafted: Counter[Response] = Counter()
    for draft in world.drafted:
        drafted[draft.tenant, draft.response_id] += 1
    told: dict[Response, list[str | None]] = defaultdict(list)
    for change in world.changed:
        if change.state == "invalid":
            told[change.tenant, change.response_id].append(change.reason)
    letters = {letter.about for letter in world.letters if letter.stage == "draft"}
    good: set[Response] = set()
    reused: dict[Response, list[Published]] = defaultdict(list)
    for line in published:
        finding.saw(line.kind)
        response = (line.tenant, line.response_id)
        if line.kind == "good":
            good.add(response)
            # Nobody knows whether it was delivered: all of it, or nothing.
            expected = {line.actions} if line.place else {line.actions, 0}
            finding.expect(
                drafted[response] in expected,
                None,
                f"{drafted[response]} of {line.actions} actions of {_named(response, line)}",
            )
        elif line.kind == "reused":
            reused[response].append(line)
        elif line.expects == "dead_letter" and line.place is not None:
            finding.expect(
                line.place in letters, None, f"no dead letter about {_named(response, line)}"
            )
        elif line.expects == "invalid" and line.place is not None:
            finding.expect(bool(told[response]), None, f"not told: {_named(response, line)}")
    _told_of_reuse(world, finding, reused, told)
    for response in drafted.keys() - good:
        finding.object(None, f"{drafted[response]} actions of {response}, which nobody sent")
    sent = {line.place for line in published if line.kind == "poison"} | {None}
    for about in letters - sent:
        finding.expect(
            not about.startswith(f"{RESPONSES}["), None, f"a dead letter about good {about}"
        )


def _told_of_reuse(
    world: World,
    finding: Finding,
    reused: Mapping[Response, Sequence[Published]],
    told: Mapping[Response, Sequence[str | None]],
) -> None:
    """Once for each content that is not the first."""
    raw = {record.place: record.raw for record in world.log.on(RESPONSES)}
    for response, lines in reused.items():
        contents = {raw.get(line.place, line.place) for line in lines if line.place is not None}
        unsure = sum(line.place is None for line in lines)
        count = told.get(response, ()).count("response_id_reused")
        finding.expect(
            len(contents) <= count <= len(contents) + unsure,
            None,
            f"{response} was used again with {len(contents)} other contents, told {count} times",
        )


def _named(response: Response, line: Published) -> str:
    return f"{line.kind} {response} at {line.place}"


def _decisions(world: World, finding: Finding) -> None:
    answers: dict[str | None, list[str | None]] = defaultdict(list)
    for change in world.changed:
        if change.kind == "answer":
            answers[change.decision_id].append(change.answer)
    by_id: dict[str, list[Decided]] = defaultdict(list)
    for decided in world.campaign.decided or ():
        by_id[decided.decision_id].append(decided)
    letters = {letter.about for letter in world.letters if letter.stage == "approve"}
    on_log: dict[str, list[str]] = defaultdict(list)
    for decision in world.decisions:
        on_log[decision.decision_id].append(decision.place)
    for name, sent in by_id.items():
        action, got = sent[0].action, answers[name]
        if any(decided.valid for decided in sent):
            finding.expect(len(got) == 1, action, f"decision {name} was answered {got}")
            continue
        finding.expect("applied" not in got, action, f"invalid decision {name} was applied")
        # Whether it was answered or put aside, something became of each.
        lost = [place for place in on_log[name] if not got and place not in letters]
        finding.expect(not lost, action, f"neither answer nor dead letter: {name} at {lost}")
