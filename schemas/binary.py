"""Avro's binary encoding (specification 1.12, "Binary Encoding"): what the generated writers
and readers (`writers.py`, `readers.py`) call for whatever is longer than a byte or two.

Readers work on the whole value and a position in it. Reading past the end raises
IndexError, or leaves the position behind the end, which whoever started it checks.
"""

from datetime import UTC, datetime, timedelta

from schemas.faults import RecordFault

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


class NotAvro(ValueError):
    """The bytes do not follow the schema they claim to follow."""


def fits_long(value: int) -> bool:
    return _INT64_MIN <= value <= _INT64_MAX


def long(value: int) -> bytes:
    """A zigzag varint.

    Raises:
        OverflowError: beyond 64 bits, signed.
    """
    if not fits_long(value):
        raise OverflowError(f"{value.bit_length()} bits do not fit a long")
    rest = (value << 1) ^ (value >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


LONGS: tuple[bytes, ...] = tuple(long(value) for value in range(8192))
"""The small ones, ready: lengths are nearly always among them."""


def number(value: int, field: str) -> bytes:
    """A long field's value.

    Raises:
        RecordFault: `bad_field`, beyond 64 bits.
    """
    try:
        return long(value)
    except OverflowError:
        raise RecordFault("bad_field", f"{field}: an integer beyond 64 bits") from None


def instant(value: datetime, field: str) -> bytes:
    """Microseconds since the epoch.

    Raises:
        RecordFault: `bad_field`, no time zone.
    """
    if value.tzinfo is None:
        raise RecordFault("bad_field", f"{field}: a time without a zone")
    gap = value - EPOCH
    return long((gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds)


def read_long(value: bytes, at: int) -> tuple[int, int]:
    """(the number, the position after it)."""
    shift = number = 0
    while True:
        byte = value[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            raise NotAvro("a number longer than ten bytes")
    if number >> 64:
        raise NotAvro("a number beyond 64 bits")
    return (number >> 1) ^ -(number & 1), at


def read_length(value: bytes, at: int) -> tuple[int, int]:
    """(length in bytes, the position after it)."""
    length, at = read_long(value, at)
    if length < 0:
        raise NotAvro("a negative length")
    return length, at


def read_count(value: bytes, at: int) -> tuple[int, int]:
    """(items in an array's block, the position after it); writers that know a block's size
    in bytes say so by a negative count, and we do not need the size."""
    count, at = read_long(value, at)
    if count < 0:
        _, at = read_long(value, at)
        count = -count
    return count, at


LENGTHS: tuple[int, ...] = tuple(
    byte >> 1 if byte < 0x80 and byte & 1 == 0 else -1 for byte in range(256)
)
"""The length that a single byte states; -1: it takes `read_length`."""


def read_instant(micros: int, field: str) -> datetime:
    """
    Raises:
        RecordFault: `bad_field`, outside the years 1 to 9999.
    """
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise RecordFault("bad_field", f"{field}: a time outside the years 1 to 9999") from None
