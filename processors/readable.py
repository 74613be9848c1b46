"""Texts for people, as every database, log and topic can keep them."""

import re

from schemas.events import FieldError

MOST_QUOTED = 500
"""Characters of a text that quotes what a model wrote: one refusal must fit its topic."""
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def readable(text: str | None) -> str | None:
    """What is for people: what no database keeps as text, NUL and lone surrogates, is shown
    as U+FFFD."""
    return None if text is None else _NO_TEXT.sub("\ufffd", text)


def readable_error(error: FieldError) -> FieldError:
    """An error as an event can carry it: it may quote what is refused for what it holds, or at
    any length."""
    said = {"text": error.text, "pointer": error.pointer, "given": error.given}
    odd = {
        name: readable(text[:MOST_QUOTED])
        for name, text in said.items()
        if text and (len(text) > MOST_QUOTED or _NO_TEXT.search(text))
    }
    return error.model_copy(update=odd) if odd else error
