"""DNI and NIE: eight digits, or X, Y, Z and seven, with the letter they must have."""

import re
from collections.abc import Iterator

from processors.sensitive.checksums import is_spanish_id

_NUMBER = re.compile(
    r"(?<![\w-])"
    r"([0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3}|"
    r"[XYZxyz][ -]?[0-9]{7}|[XYZxyz]-?[0-9]\.[0-9]{3}\.[0-9]{3})"
    r"(?:-?([A-Za-z])| ([A-Z]))(?![\w-])"
)
"""Behind a space the letter is a capital: `20261121 a las` is a date."""
_MARKS = re.compile(r"[ .-]")


def spanish_ids(text: str) -> Iterator[tuple[int, int]]:
    for found in _NUMBER.finditer(text):
        if is_spanish_id(_MARKS.sub("", found[1]), found[2] or found[3]):
            yield found.span()
