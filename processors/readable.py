"""Texts for people, as every database, log and topic can keep them."""

import re

from schemas.events import FieldError

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def readable(text: str | None) -> str | None:
    """What is for people: what no database keeps as text, NUL and lone surrogates, is shown
    as U+FFFD."""
    return None if text is None else _NO_TEXT.sub("\ufffd", text)


def readable_error(error: FieldError) -> FieldError:
    """An error may quote what is refused for what it holds."""
    said = {"text": error.text, "pointer": error.pointer, "given": error.given}
    odd = {name: readable(text) for name, text in said.items() if text and _NO_TEXT.search(text)}
    return error.model_copy(update=odd) if odd else error
