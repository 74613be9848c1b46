"""Values on topics, read with the committed schemas as data.

Avro single-object encoding (specification 1.12): C3 01, the CRC-64-AVRO fingerprint of the
schema's Parsing Canonical Form as eight bytes, the body. Anything else is JSON.
"""

import io
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fastavro
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form
from fastavro.types import Schema

MARKER = b"\xc3\x01"
BODY = len(MARKER) + 8
FOLDER = Path(__file__).parents[3] / "schemas"

Value = Mapping[str, Any]


class Unreadable(ValueError):
    """The bytes are no value of any known schema, and no JSON object."""


def decode(value: bytes | None) -> Value:
    """A record's value, its JSON fields still as text.

    Raises:
        Unreadable: whatever is wrong with it.
    """
    try:
        if value is not None and value.startswith(MARKER):
            decoded = _avro(value)
        else:
            decoded = json.loads(value or b"")
    except (ValueError, LookupError, TypeError, EOFError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    if not isinstance(decoded, dict):
        raise Unreadable("not an object")
    return decoded


def json_of(field: Any) -> Any:
    """A field that Avro carries as JSON text, and JSON as it is."""
    return json.loads(field) if isinstance(field, str) else field


def _avro(value: bytes) -> Any:
    body = io.BytesIO(value[BODY:])
    decoded = fastavro.schemaless_reader(body, _schemas()[value[len(MARKER) : BODY]], None)
    if body.read(1):
        raise Unreadable("longer than its schema says")
    return decoded


@cache
def _schemas() -> dict[bytes, Schema]:
    """Every released and every current schema, by fingerprint."""
    found: dict[bytes, Schema] = {}
    for text in _committed():
        canonical = to_parsing_canonical_form(json.loads(text))
        found[bytes.fromhex(fingerprint(canonical, "CRC-64-AVRO"))] = parse_schema(json.loads(text))
    return found


def _committed() -> Iterator[str]:
    for folder in (FOLDER / "history", FOLDER / "avro"):
        for file in sorted(folder.rglob("*.avsc")):
            yield file.read_text()
