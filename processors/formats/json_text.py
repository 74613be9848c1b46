"""JSON inside a model's text, under the same bounds as JSON on a topic."""

from dataclasses import dataclass

from pydantic import JsonValue

from processors.formats.proposal import Unreadable
from schemas import jsontext
from schemas.faults import RecordFault

JSON_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class JsonRead:
    value: JsonValue


def read_json(text: str) -> JsonRead | Unreadable:
    """The value, or why there is none: also for nesting beyond 64 levels, integers beyond 64
    bits and text that is no Unicode."""
    try:
        return JsonRead(jsontext.loads(text.encode(), "output"))
    except (RecordFault, UnicodeEncodeError) as fault:
        return Unreadable("not_json", f"not JSON: {fault}"[:300])
