"""Events as others write them: JSON, and Avro that our own stages did not write.

Validated by pydantic, then held to what pydantic does not ask: times have a zone (and
come out as UTC), integers fit Avro's long, identities hold no NUL. Texts of faults name
the field and never repeat its value, which may be anything, of any length.
"""

from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from schemas import jsontext
from schemas.binary import fits_long
from schemas.careful import IDENTITIES
from schemas.events import Event
from schemas.faults import RecordFault
from schemas.shapes import Kind, Shape, shapes

E = TypeVar("E", bound=Event)
M = TypeVar("M", bound=BaseModel)


def from_json(model: type[E], value: bytes) -> E:
    """An event from a JSON object.

    Raises:
        RecordFault: `not_json`, `not_an_object`, `too_deep`, `missing_field`, `wrong_type`,
            `bad_field`.
    """
    content = jsontext.loads(value, "value")
    if not isinstance(content, dict):
        raise RecordFault("not_an_object", "the value is JSON, but not an object")
    return validated(model, content)


def validated(model: type[E], content: object) -> E:
    """An event from a dict of its fields.

    Raises:
        RecordFault: `missing_field`, `wrong_type`, `bad_field`.
    """
    return _settled(constrained(model, content), "")


def constrained(model: type[E], content: object) -> E:
    """An event from a dict of its fields that `readers.py` has read: what is left to ask is what
    the model asks.

    Raises:
        RecordFault: `missing_field`, `wrong_type`, `bad_field`.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _fault(error) from None


def _fault(error: ValidationError) -> RecordFault:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(part) for part in first["loc"])[:100]
    kind = first["type"]
    if kind == "missing":
        return RecordFault("missing_field", f"{path}: is missing")
    code = "wrong_type" if kind.endswith(("_type", "_parsing")) else "bad_field"
    return RecordFault(code, f"{path}: {first['msg'][:200]}")


def _settled(event: M, path: str) -> M:
    """The event with its times in UTC; the fields others may have got wrong are looked at."""
    changed: dict[str, object] = {}
    for name, shape in shapes(type(event)).items():
        before = getattr(event, name)
        after = _settle(name, shape, before, path + name)
        if after is not before:
            changed[name] = after
    return event.model_copy(update=changed) if changed else event


def _settle(name: str, shape: Shape, value: object, path: str) -> object:
    if shape.kind is Kind.INSTANT and isinstance(value, datetime):
        return _in_utc(value, path)
    if shape.kind is Kind.STRING and isinstance(value, str):
        if name in IDENTITIES and "\0" in value:
            raise RecordFault("bad_field", f"{path}: holds a NUL")
    elif shape.kind is Kind.LONG and isinstance(value, int):
        if not fits_long(value):
            raise RecordFault("bad_field", f"{path}: an integer beyond 64 bits")
    elif shape.kind is Kind.RECORD and isinstance(value, BaseModel):
        return _settled(value, path + ".")
    elif shape.item is not None and isinstance(value, list):
        after = [_settle(name, shape.item, item, path) for item in value]
        return value if all(a is b for a, b in zip(after, value, strict=True)) else after
    return value


def _in_utc(value: datetime, path: str) -> datetime:
    if value.tzinfo is None:
        raise RecordFault("bad_field", f"{path}: a time without a zone")
    if value.tzinfo is UTC:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise RecordFault("bad_field", f"{path}: a time outside the years 1 to 9999") from None
