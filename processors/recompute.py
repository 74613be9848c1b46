"""A verdict computed again from the log: its event, and the settings at the version it names.

Nothing else is looked at. The snapshot is the fold of `control.settings` up to and including that
offset (`processors.settings_log`); the code must be the release that decided.
"""

from processors.assess import process
from processors.facts import restored
from processors.snapshot import Snapshot
from schemas.events import Assessed, Drafted
from schemas.sequence import Rank, sequence


def drafted(assessed: Assessed) -> Drafted:
    """The action as it came to assessment. Labels of sensitive data are made anew there."""
    return Drafted.model_construct(
        **{name: getattr(assessed, name) for name in Drafted.model_fields if name != "sequence"},
        sequence=sequence(assessed.revision, Rank.DRAFT),
    )


def recomputed(assessed: Assessed, settings: Snapshot) -> Assessed:
    """The event that assessment makes of the same action and the same facts: equal to the one
    given, or one of the two was not made by this release from these settings.

    Raises:
        ValueError: the settings are of another version, or the facts cannot be read.
    """
    version = assessed.facts.settings_version
    if settings.version != version:
        raise ValueError(f"the verdict was made under version {version}, not {settings.version}")
    facts, counters = restored(assessed.facts, settings)
    event = process(drafted(assessed), facts, counters).outputs[0].event
    assert isinstance(event, Assessed)
    return event
