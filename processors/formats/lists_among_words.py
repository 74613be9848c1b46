"""Lists of Python calls with other text beside them: refused, not passed over.

    Calling: [get_weather(city="Paris")]

Such a list claims calls, but what the text says of it, that it is an example or was not run, nobody
reads. Alone in a text it is read (`python_calls`).
"""

from processors.formats.family import Found
from processors.formats.places import Places
from processors.formats.proposal import Unreadable
from processors.formats.shown import Walk
from processors.formats.surface import Surface

_LIST = Places(
    r"(?<![\w\])#!])\[\s*+[^\W\d][\w.]*+\("
    r"\s*+(?:[^\W\d]\w*+\s*+=(?!=)|\)\s*+(?:,|\](?!\()))",
    first=r"\[",
    past_code=True,
)
"""How a list of calls begins. `[get()](https://…)` is a link, `a[get(x=1)]` and
`#[get(x = 1)]` are code."""


def read_lists_among_words(surface: Surface) -> Found:
    """At most one: that there is such a list."""
    if Walk(_LIST, surface.open).next(0) is None:
        return []
    return [Unreadable("calls_among_words", "a list of Python calls stands beside other text")]
