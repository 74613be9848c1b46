"""The same invalid proposal again: its model's side is told that it was said before.

A loop that corrects nothing shows in `repeats`, and its upstream can stop. Proposals are the
same if what was proposed is, whatever else their responses held.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import orjson
from pydantic import JsonValue

from schemas.events import StateChanged
from schemas.output import Output
from schemas.working import RefusedRow

WINDOW = timedelta(hours=1)
"""Since it was last seen; after that it counts as new."""
_MADE_ANEW = frozenset({"id", "call_id", "tool_call_id", "responseId", "created", "created_at"})


def proposal_hash(kind: str, value: JsonValue) -> str:
    """SHA-256 in hex of what was proposed. `kind` keeps calls and unreadable outputs apart."""
    try:
        text = orjson.dumps([kind, value], option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Nothing that came as a record: a lone surrogate, an integer beyond 64 bits.
        text = ascii([kind, value]).encode()
    return hashlib.sha256(text).hexdigest()


def without_ids(value: JsonValue) -> JsonValue:
    """An output without what a provider makes new for each response."""
    if isinstance(value, dict):
        return {k: without_ids(v) for k, v in value.items() if k not in _MADE_ANEW}
    return [without_ids(item) for item in value] if isinstance(value, list) else value


def marked(
    outputs: list[Output],
    refused: Mapping[int, str],
    rows: dict[str, RefusedRow],
    now: datetime,
) -> list[Output]:
    """The outputs, each refusal saying how often it came before; `rows` are brought up to date.

    Args:
        refused: place among the outputs → hash of what was proposed.
        rows: by hash, of the response's tenant.
    """
    told = list(outputs)
    for place, seen in refused.items():
        row = rows[seen]
        again = row.seen_at is not None and now - row.seen_at <= WINDOW
        repeats = row.repeats + 1 if again else 0
        rows[seen] = replace(row, seen_at=now, repeats=repeats)
        event = outputs[place].event
        assert isinstance(event, StateChanged)
        told[place] = outputs[place]._replace(event=event.model_copy(update={"repeats": repeats}))
    return told
