"""Parameters as they may be shown: in logs, metrics, notifications, the audit trail.

| what | what of it is shown |
|---|---|
| e-mail | the name's first letter (of three or more), the domain: `m***@example.com` |
| card | the last four digits: `****1111` |
| IBAN | the country, the last four: `ES** **** … 1332` |
| telephone | the last two digits: `***78` |
| national id, secret, what the catalog tags | nothing: `***`; of a tagged list how many there are |

Text around what was found stays. Masking twice is masking once.
"""

from pydantic import JsonValue

from processors.labels import TAG
from processors.pointers import parts_of
from processors.sensitive.detectors import NOTHING
from processors.sensitive.hints import Hint, hint_of
from processors.sensitive.scan import Findings, number_text, shown_name
from processors.sensitive.texts import masked_text
from schemas.events import JsonObject

_DEEPEST = 64
"""Levels that are shown; no output of a model nests so deep."""

Tags = frozenset[tuple[str, ...]]


def masked(params: JsonObject, findings: Findings) -> JsonObject:
    """The parameters of which the findings are, without what must not be shown.

    Every text is looked at again, since the findings that are listed are bounded: what was not
    listed is not shown either.
    """
    tags = frozenset(
        parts_of(finding.pointer) for finding in findings.listed if finding.label.startswith(TAG)
    )
    return _object(params, (), tags)


def _object(value: JsonObject, path: tuple[str, ...], tags: Tags) -> JsonObject:
    shown: JsonObject = {}
    for key, item in value.items():
        name = unique = shown_name(key)
        count = 1
        while unique in shown:
            count += 1
            unique = f"{name} ({count})"
        shown[unique] = _value(item, (*path, key), tags, hint_of(name))
    return shown


def _value(value: JsonValue, path: tuple[str, ...], tags: Tags, hint: Hint) -> JsonValue:
    if value is None:
        return None
    if path in tags:
        return [NOTHING] * len(value) if isinstance(value, list) else NOTHING
    if isinstance(value, str):
        return masked_text(value, hint)
    if isinstance(value, dict | list) and len(path) >= _DEEPEST:
        return NOTHING
    if isinstance(value, dict):
        return _object(value, path, tags)
    if isinstance(value, list):
        return [_value(item, (*path, str(i)), tags, hint) for i, item in enumerate(value)]
    text = number_text(value, hint)
    if text is None:
        return value
    shown = masked_text(text, hint)
    return value if shown == text else shown
