"""Avro's binary encoding (specification 1.12, "Binary Encoding"): the numbers in it.

Readers work on the whole value and a position in it; reading past the end raises IndexError.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


class NotAvro(ValueError):
    """The bytes do not follow the schema they claim to follow."""


def fits_long(value: int) -> bool:
    return _INT64_MIN <= value <= _INT64_MAX


@lru_cache(maxsize=4096)
def long(value: int) -> bytes:
    """A zigzag varint. Cached: sequences and versions are few.

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


@lru_cache(maxsize=4096)
def instant(value: datetime) -> bytes:
    """Microseconds since the epoch, as a long. Cached: a batch shares its times.

    Raises:
        TypeError: no time zone.
    """
    gap = value - EPOCH
    return long((gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds)


def read_long(value: bytes, at: int) -> tuple[int, int]:
    """(the number, the position after it).

    Raises:
        NotAvro: longer than ten bytes, or beyond 64 bits.
    """
    byte = value[at]
    number = byte & 0x7F
    shift = 7
    while byte > 0x7F:
        at += 1
        byte = value[at]
        number |= (byte & 0x7F) << shift
        shift += 7
        if shift > 70:
            raise NotAvro("a number longer than ten bytes")
    if number >> 64:
        raise NotAvro("a number beyond 64 bits")
    return (number >> 1) ^ -(number & 1), at + 1


def read_length(value: bytes, at: int) -> tuple[int, int]:
    """(length in bytes, the position after it).

    Raises:
        NotAvro: as `read_long`, and for a negative length.
    """
    length, at = read_long(value, at)
    if length < 0:
        raise NotAvro("a negative length")
    return length, at


def read_count(value: bytes, at: int) -> tuple[int, int]:
    """(items in an array's block, the position after it).

    A writer that knows a block's size in bytes says so by a negative count; we do not need
    the size.
    """
    count, at = read_long(value, at)
    if count < 0:
        _, at = read_long(value, at)
        count = -count
    return count, at


def read_instant(value: bytes, at: int) -> tuple[datetime, int]:
    """(the time in UTC, the position after it).

    Raises:
        OverflowError: outside the years 1 to 9999.
    """
    micros, at = read_long(value, at)
    return EPOCH + timedelta(microseconds=micros), at


@lru_cache(maxsize=4096)
def instant_of_eight(text: bytes) -> datetime | None:
    """The time that these bytes are, all eight of them, as they are from 1978 to 3111; else
    None. Cached like `instant`.

    Raises:
        IndexError, NotAvro: they are no number, or a longer one.
    """
    value, end = read_instant(text, 0)
    return value if end == 8 else None
