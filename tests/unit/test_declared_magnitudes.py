"""A magnitude that looks where no parameter is, is a mistake of the file that declares it."""

import pytest

from interlock.magnitudes import may_have
from schemas.events import JsonObject

ITEMS: JsonObject = {
    "type": "object",
    "properties": {
        "to": {"type": "array", "items": {"properties": {"mail": {"type": "string"}}}},
        "n": {"type": "integer"},
        "open": {"type": "object"},
        "any": {"type": "object", "properties": {}, "additionalProperties": True},
        "either": {"oneOf": [{"properties": {"a": {}}}]},
        "a/b": {},
    },
}


@pytest.mark.parametrize(
    ("pointer", "there"),
    [
        ("/n", True),
        ("/to", True),
        ("/to/*", True),
        ("/to/*/mail", True),
        ("/a~1b", True),
        ("/a~1b/anything", True),
        ("/open/x", True),
        ("/any/x", True),
        ("/either/a", True),
        ("/m", False),
        ("/to/mail", False),
        ("/to/*/name", False),
        ("/n/*", False),
        ("/n/x", False),
    ],
)
def test_where_a_parameter_may_be(pointer: str, there: bool) -> None:
    assert may_have(ITEMS, pointer) is there


def test_a_schema_that_says_nothing_may_have_anything() -> None:
    assert may_have({}, "/anything/*/at/all")
