"""A read-committed reader meets each event once, and each dead letter of a transaction once."""

from collections import Counter

from tests.crash.independent.contract import OUTPUTS, TRANSACTIONAL_STAGES
from tests.crash.independent.finding import Finding
from tests.crash.independent.world import World


def ce_id_once(world: World, finding: Finding) -> None:
    for topic in OUTPUTS:
        seen: dict[str, str] = {}
        for record in world.log.on(topic):
            finding.saw(topic)
            subject = record.headers.get("ce_subject")
            ce_id = record.headers.get("ce_id")
            if ce_id is None:
                finding.object(subject, f"{record.place} has no ce_id")
                continue
            first = seen.setdefault(ce_id, record.place)
            finding.expect(
                first == record.place, subject, f"ce_id {ce_id} at {first} and {record.place}"
            )
    letters = Counter(
        (letter.about, letter.stage)
        for letter in world.letters
        if letter.stage in TRANSACTIONAL_STAGES
    )
    for (about, stage), count in letters.items():
        finding.saw("dead letters")
        finding.expect(count == 1, None, f"{count} dead letters of {stage} about {about}")
