"""Where the raw values of tag formats stand: a comment in a page that a call writes is data."""

import re
from bisect import bisect_right

_TAG = re.compile(
    r"(?P<opening><(?:[\w:|｜]{1,20})?parameter[ =][^<>]{0,200}>|<arg_value>)"
    r"|</(?:[\w:|｜]{1,20})?parameter>|</arg_value>"
)


class RawValues:
    """The values of a text. One that another opening tag stands in has no certain end, and is
    none here."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        opened: int | None = None
        for tag in _TAG.finditer(text):
            if tag["opening"] is not None:
                opened = tag.end()
            elif opened is not None:
                self._starts.append(opened)
                self._ends.append(tag.start())
                opened = None

    def hold(self, place: int) -> bool:
        index = bisect_right(self._starts, place) - 1
        return index >= 0 and place < self._ends[index]
