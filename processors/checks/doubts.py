"""What leaves a doubt about this action, whatever has been set."""

from processors.checks.case import Case, Check
from processors.labels import RESUMED
from processors.limits import starts
from processors.risk import stale_label
from processors.scheduling import later
from processors.sensitive import for_a_person
from schemas.names import Verdict
from schemas.working import Window


def _label_stale(case: Case) -> bool:
    return case.plugin is not None and stale_label(case.plugin, case.facts.settings.labels)


def _scheduled_later(case: Case) -> bool:
    """Whether it begins on another day of the windows than the one it takes its places of."""
    begins = later(case.action.not_before, case.facts.now)
    return begins is not None and starts(begins)[Window.DAY] != starts(case.facts.now)[Window.DAY]


DOUBTS: tuple[Check, ...] = (
    (
        "label_stale",
        Verdict.NEEDS_APPROVAL,
        _label_stale,
        "the tool's source has labelled its risk since the catalog took its label",
    ),
    (
        "repaired",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.action.repaired,
        "the output had to be repaired to be read",
    ),
    (
        "degraded",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.action.degraded_from is not None,
        "another tool stands in place of the one that was named",
    ),
    (
        "sensitive",
        Verdict.NEEDS_APPROVAL,
        lambda c: bool(for_a_person(c.action.labels, c.plugin)),
        lambda c: (
            "its parameters hold a secret, or data that nobody cleared its tool for: "
            + ", ".join(for_a_person(c.action.labels, c.plugin))
        ),
    ),
    (
        "resumed",
        Verdict.NEEDS_APPROVAL,
        lambda c: RESUMED in c.action.labels,
        "its trace is a person's word",
    ),
    (
        "scheduled_later",
        Verdict.NEEDS_APPROVAL,
        _scheduled_later,
        "it would run on another day than those whose limits are counted now",
    ),
    (
        "has_predecessors",
        Verdict.NEEDS_APPROVAL,
        lambda c: bool(c.action.depends_on),
        "it comes after other actions: approve it once they have ended",
    ),
)
