"""A JSON Schema as a graph of the schemas in it, refused where it is no schema that ends.

An edge goes from a schema to those it tries:

    in place   $ref, allOf, anyOf, oneOf, not, if, dependentSchemas: on the same value
    below      properties, items and the like: on a value one level down
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

import orjson
from pydantic import JsonValue

from schemas.jsontext import is_deep

LARGEST = 64 * 1024
"""Bytes of a schema as JSON."""
DEEPEST = 48
MOST_SCHEMAS = 2_000
LONGEST_CHAIN = 32
"""Schemas of one value, each inside the one before: the library recurses."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS = ("$anchor", "$dynamicAnchor")
_LISTED = ("allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies")
_ONE = ("not", "if", "then", "else")
_EACH_BELOW = (
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "items",
    "additionalItems",
    "unevaluatedItems",
    "contains",
)
_NO_INNER_ID = "only the outermost schema may have an $id"


class Refused(ValueError):
    """Why a schema is not taken; for people."""


@dataclass(slots=True)
class Node:
    """One schema. The others are named by their numbers."""

    said: dict[str, JsonValue]
    in_place: list[int] = field(default_factory=list)
    one_of_below: list[int] = field(default_factory=list)
    """A value below is looked at by only one of these."""
    each_below: list[int] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Its keywords, and what they list."""
        lists = (len(v) for v in self.said.values() if isinstance(v, list | dict))
        return 1 + len(self.said) + sum(lists)


@dataclass(frozen=True, slots=True)
class Graph:
    """Number 0 is the schema itself; only what it reaches is here."""

    nodes: tuple[Node, ...]
    order: tuple[int, ...]
    """Every schema behind all that stand in its place."""
    back: frozenset[tuple[int, int]]
    """Edges that lead back to a schema they come from: every circle has one."""


def check_size(schema: JsonValue) -> None:
    """
    Raises:
        Refused: it is larger or deeper than a schema may be.
    """
    if len(orjson.dumps(schema)) > LARGEST:
        raise Refused(f"they are larger than {LARGEST // 1024} KiB")
    if is_deep(schema, DEEPEST):
        raise Refused(f"they are nested deeper than {DEEPEST}")


def read_graph(schema: JsonValue) -> Graph:
    """
    Raises:
        Refused: it refers to what it does not hold, to itself in a circle, or too much.
    """
    nodes = tuple(_Reader(schema).read())
    return Graph(nodes, _in_place_first(nodes), _edges_back(nodes))


class References:
    """What `$ref` and the like of a schema mean, all of it inside the schema.

    Raises:
        Refused: two schemas have one anchor.
    """

    def __init__(self, root: JsonValue) -> None:
        self._root = root
        said = root.get("$id") if isinstance(root, dict) else None
        self._base = said.partition("#")[0] if isinstance(said, str) else ""
        self._anchors = _anchors(root)

    def target(self, reference: str) -> JsonValue:
        """
        Raises:
            Refused: it points elsewhere, or to nothing.
        """
        base, _, fragment = reference.partition("#")
        if base and base != self._base:
            raise Refused("a schema must hold all it refers to")
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            if fragment not in self._anchors:
                raise Refused(f"no schema has the anchor {fragment[:64]!r}")
            return self._anchors[fragment]
        value = self._root
        for part in fragment.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict) and name in value:
                value = value[name]
            elif isinstance(value, list) and name in map(str, range(len(value))):
                value = value[int(name)]
            else:
                raise Refused(f"they hold nothing at {fragment[:64]!r}")
            if isinstance(value, dict) and isinstance(value.get("$id"), str):
                raise Refused(_NO_INNER_ID)
        return value


class _Reader:
    def __init__(self, root: JsonValue) -> None:
        self._root = root
        self._references = References(root)
        self._numbers: dict[int, int] = {}
        self._nodes: list[Node] = []

    def read(self) -> list[Node]:
        self._number(self._root)
        for node in self._nodes:  # it grows meanwhile
            self._read(node)
        return self._nodes

    def _read(self, node: Node) -> None:
        said = node.said
        references = [said[word] for word in _REFERENCES if isinstance(said.get(word), str)]
        node.in_place = [
            *self._found(self._references.target(str(reference)) for reference in references),
            *self._found(value for word in _LISTED for value in _listed(said.get(word))),
            *self._found(said.get(word) for word in _ONE),
        ]
        node.one_of_below = self._found(
            value
            for word in ("properties", "prefixItems", "items")
            if word != "items" or isinstance(said.get(word), list)
            for value in _listed(said.get(word))
        )
        by_pattern = said.get("patternProperties")
        node.each_below = [
            *self._found(_listed(by_pattern)),
            *self._found(said.get(word) for word in _EACH_BELOW),
        ]
        node.patterns = list(by_pattern) if isinstance(by_pattern, dict) else []
        if isinstance(pattern := said.get("pattern"), str):
            node.patterns.append(pattern)

    def _found(self, values: Iterable[JsonValue]) -> list[int]:
        return [n for value in values if (n := self._number(value)) is not None]

    def _number(self, schema: JsonValue) -> int | None:
        if not isinstance(schema, dict):
            return None
        number = self._numbers.get(id(schema))
        if number is None:
            if len(self._nodes) == MOST_SCHEMAS:
                raise Refused(f"they hold more than {MOST_SCHEMAS:,} schemas")
            if self._nodes and isinstance(schema.get("$id"), str):
                raise Refused(_NO_INNER_ID)
            number = self._numbers[id(schema)] = len(self._nodes)
            self._nodes.append(Node(schema))
        return number


def _listed(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()


def _anchors(schema: JsonValue) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    values = [schema]
    while values:
        value = values.pop()
        if isinstance(value, dict):
            for word in _ANCHORS:
                name = value.get(word)
                if isinstance(name, str) and found.setdefault(name, value) is not value:
                    raise Refused(f"two schemas have the anchor {name[:64]!r}")
        values.extend(_listed(value))
    return found


def _in_place_first(nodes: tuple[Node, ...]) -> tuple[int, ...]:
    """
    Raises:
        Refused: a schema stands in its own place, or too many in one another's.
    """
    order: list[int] = []
    chain = [0] * len(nodes)
    opened = [False] * len(nodes)
    for start in range(len(nodes)):
        stack = [start]
        while stack:
            number = stack[-1]
            within = nodes[number].in_place
            if not opened[number]:
                opened[number] = True
                if any(opened[n] and not chain[n] for n in within):
                    raise Refused("a schema refers to itself without going a level down")
                stack += [n for n in within if not opened[n]]
                continue
            stack.pop()
            if not chain[number]:
                chain[number] = 1 + max((chain[n] for n in within), default=0)
                if chain[number] > LONGEST_CHAIN:
                    raise Refused(f"more than {LONGEST_CHAIN} schemas refer one to the next")
                order.append(number)
    return tuple(order)


def _edges_back(nodes: tuple[Node, ...]) -> frozenset[tuple[int, int]]:
    """As the library finds them: depth first, from the outermost schema."""
    back: set[tuple[int, int]] = set()
    seen = {0}
    path = [0]
    on_path = {0}
    ahead = [_edges(nodes[0])] if nodes else []
    while ahead:
        number = next(ahead[-1], None)
        if number is None:
            ahead.pop()
            on_path.discard(path.pop())
        elif number in on_path:
            back.add((path[-1], number))
        elif number not in seen:
            seen.add(number)
            path.append(number)
            on_path.add(number)
            ahead.append(_edges(nodes[number]))
    return frozenset(back)


def _edges(node: Node) -> Iterator[int]:
    return iter([*node.in_place, *node.one_of_below, *node.each_below])
