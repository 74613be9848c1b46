"""Every record on our output topics is read with the committed schemas alone."""

from tests.crash.independent import contract
from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World


def readable(world: World, finding: Finding) -> None:
    finding.saw("records", sum(len(world.log.on(topic)) for topic in contract.OUTPUTS))
    for text in world.unreadable:
        finding.object(None, text)
