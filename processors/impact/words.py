"""What a value says of how far an action reaches: everything, a deletion, a permission."""

import re
import unicodedata

from pydantic import JsonValue

from processors.pointers import leaves

_EVERYTHING = """
all any every everyone everybody everything todo todos todas toda cualquiera
1=1 true . .+ / <all> [all] (all) all() @all @everyone @channel @here
"""
_ALL = frozenset(_EVERYTHING.split())
_NOBODYS_NAMES = """
anyone anybody public publico público world whole_world internet cualquier todo_el_mundo
"""
_ANYBODY = _ALL | frozenset(_NOBODYS_NAMES.split())
"""Recipients that are nobody in particular, beside what a filter takes for everything."""
_WILD = re.compile(r"[*%＊％∗]")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 10_000
"""Characters of a text that is searched for words; a longer one counts as if it held them."""

_DELETIONS = """
delete deleted del remove removed rm drop destroy erase purge truncate wipe unlink cancel
terminate revoke clear borrar borra eliminar elimina suprimir quitar anular cancelar vaciar
purgar destruir revocar baja
"""
DELETING = frozenset(_DELETIONS.split())
"""What counts as a deletion where the definition names no words of its own."""


def limits_nothing(value: JsonValue) -> bool:
    """Whether a filter lets everything through: a wildcard somewhere in it, or nothing in it."""
    return any(_limits_nothing(leaf) for leaf in leaves(value))


def _limits_nothing(leaf: JsonValue) -> bool:
    if isinstance(leaf, str):
        text = leaf.strip().casefold()
        return not text or text in _ALL or _WILD.search(leaf) is not None
    return leaf is None or leaf is True or leaf in ([], {})


def names_everybody(party: JsonValue) -> bool:
    """Whether a recipient is all of them, or anybody: a wildcard, `everyone`, `public`."""
    if not isinstance(party, str):
        return False
    plain = unicodedata.normalize("NFKC", party).casefold().strip().lstrip("@#")
    return "_".join(plain.split()) in _ANYBODY or _WILD.search(party) is not None


def says_one_of(value: JsonValue, words: frozenset[str]) -> bool:
    """Whether a value is, or names, one of the words; a yes and a number but 0 do, too."""
    return any(_says(leaf, words) for leaf in leaves(value))


def _says(leaf: JsonValue, words: frozenset[str]) -> bool:
    if isinstance(leaf, str):
        if len(leaf) > _LONGEST:
            return True
        text = unicodedata.normalize("NFKC", leaf).casefold()
        return text.strip() in words or not words.isdisjoint(_WORD.findall(text))
    return isinstance(leaf, bool | int | float) and bool(leaf)


def given(value: JsonValue) -> bool:
    """Whether there is anything: no null, no `false`, nothing empty or blank."""
    return any(
        leaf.strip() != "" if isinstance(leaf, str) else leaf not in (None, False, [], {})
        for leaf in leaves(value)
    )
