"""Which model stands on which topic, and every schema ever released.

`schemas/avro/<Model>.avsc` is what the models say now; `schemas/history/<Model>/<n>.avsc`
are the released versions, kept for ever, so that a record of any age can be read.
"""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import orjson

from schemas.avro import Schema, avro_schema, fingerprint
from schemas.events import (
    Approved,
    Assessed,
    Decision,
    Drafted,
    EffectReport,
    Event,
    Executed,
    LlmResponse,
    Setting,
    StateChanged,
)
from schemas.names import Topic

MODELS: dict[Topic, type[Event]] = {
    Topic.RESPONSES: LlmResponse,
    Topic.DRAFTED: Drafted,
    Topic.ASSESSED: Assessed,
    Topic.DECISIONS: Decision,
    Topic.APPROVED: Approved,
    Topic.REPORTS: EffectReport,
    Topic.EXECUTED: Executed,
    Topic.STATE_CHANGED: StateChanged,
    Topic.SETTINGS: Setting,
}

WRITTEN_BY_OTHERS: frozenset[type[Event]] = frozenset({LlmResponse, Decision, Setting})
"""May come as JSON, and are validated whatever they come as."""


@cache
def current(model: type[Event]) -> Schema:
    """What the model says now. Raises TypeError for a field without a form in Avro."""
    return avro_schema(model)


def history(model: type[Event]) -> dict[int, Schema]:
    """The released versions by number, oldest first."""
    folder = files("schemas") / "history" / model.__name__
    if not folder.is_dir():
        return {}
    found = {int(file.name.removesuffix(".avsc")): _schema(file) for file in folder.iterdir()}
    return dict(sorted(found.items()))


def committed(model: type[Event]) -> bytes | None:
    """The text of the generated file as it is committed; None when there is none yet."""
    file = files("schemas") / "avro" / f"{model.__name__}.avsc"
    return file.read_bytes() if file.is_file() else None


@cache
def writers_of(model: type[Event]) -> dict[bytes, Schema]:
    """Every schema a record of this model may have been written with, by fingerprint."""
    known = {fingerprint(schema): schema for schema in history(model).values()}
    known[fingerprint(current(model))] = current(model)
    return known


def _schema(file: Traversable) -> Schema:
    schema: Schema = orjson.loads(file.read_bytes())
    return schema
