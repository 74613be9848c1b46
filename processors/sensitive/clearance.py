"""What a tool may be given of what is sensitive, and what a person must see first.

A catalog entry that says `accepts` is cleared for just that. One that does not say is cleared for
anything, and a person sees what is neither ordinary business nor an address: whom a message or a
payment goes to is what known parties and policies are about, and if every address needed a person
nothing would run. A secret always needs one: no model has a reason to pass one on.
"""

from collections.abc import Iterable, Sequence

from processors.labels import PII, SECRET, TAG
from schemas.settings import PluginSpec

_SENSITIVE = (PII, SECRET, TAG)
_SECRET = (SECRET, f"{TAG}secret")
_IDENTIFYING = (f"{PII}card", f"{PII}national_id", TAG)
_SECRET_OR_IDENTIFYING = (*_SECRET, *_IDENTIFYING)


def uncleared(labels: Sequence[str], plugin: PluginSpec) -> list[str]:
    """The sensitive labels that the tool's entry says it is not to be given."""
    accepts = plugin.accepts
    if accepts is None or not labels:
        return []
    return [
        label for label in labels if label.startswith(_SENSITIVE) and not _accepted(label, accepts)
    ]


def for_a_person(labels: Sequence[str], plugin: PluginSpec | None) -> list[str]:
    """The labels on which a person decides even where the tool may be given them."""
    if not labels:
        return []
    said = plugin is not None and plugin.accepts is not None
    marks = _SECRET if said else _SECRET_OR_IDENTIFYING
    return [label for label in labels if label.startswith(marks)]


def _accepted(label: str, accepts: Iterable[str]) -> bool:
    """`pii` is every label of that kind, and the tag of that name; `pii:email` that one alone."""
    return any(label in (said, f"{TAG}{said}") or label.startswith(f"{said}:") for said in accepts)
