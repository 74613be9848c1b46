"""What checking a value against a JSON Schema may cost, known before it is checked.

A schema comes from whoever writes a catalog, the value from a model, and together they can be
made to take for ever: a `$ref` named twice doubles whatever is behind it, and the errors of an
`anyOf` inside itself hold those of all branches of all levels. So it is counted how often a value
so many levels down is looked at, at most. To know whether a value is valid the library looks once
at each pair of a schema that refers back to itself and a container; to collect errors it remembers
nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from processors.schema_graph import Graph, Refused

MOST_AT_ONCE = 50_000
"""Looks at one value and one on each of the next eight levels."""
DEEPEST_VALUE = 64
TOO_MANY = 10**15
_LEVELS_AHEAD = 9
_CHARACTERS_OF_A_LOOK = 16
_TRIED_AGAIN = ("unevaluatedProperties", "unevaluatedItems")
_BRANCHES = ("anyOf", "oneOf", "not", "if", "contains", "dependentSchemas", "dependencies")


@dataclass(frozen=True, slots=True)
class Cost:
    """Looks at a keyword; at most some tens of nanoseconds each."""

    check: int
    """To know whether it is valid."""
    errors: int
    """To collect what is wrong."""


class Costs:
    """Of one schema.

    Args:
        patterns: what each costs for a character of the text it is matched against.

    Raises:
        Refused: even a small value would cost too much.
    """

    def __init__(self, graph: Graph, patterns: Mapping[str, int]) -> None:
        weights = [node.weight for node in graph.nodes]
        matched = [sum(patterns[p] for p in node.patterns) for node in graph.nodes]
        self._looks = _Sums(graph, weights, graph.back)
        self._errors = _Sums(graph, weights, frozenset())
        self._matched = _Sums(graph, matched, graph.back)
        self.branches = any(word in node.said for node in graph.nodes for word in _BRANCHES)
        """Errors hold those of branches: far dearer than the errors of plain schemas."""
        if sum(self._looks.at(depth) for depth in range(_LEVELS_AHEAD)) > MOST_AT_ONCE:
            raise Refused("their alternatives and references multiply")

    def of(self, value: JsonValue) -> Cost:
        check = errors = names = 0
        level: list[JsonValue] = [value]
        for depth in range(DEEPEST_VALUE + 1):
            below: list[JsonValue] = []
            # A name is matched with its object, and is a value itself for `propertyNames`.
            characters, names = names, 0
            for item in level:
                if isinstance(item, dict):
                    below.extend(item.values())
                    names += sum(map(len, item)) + len(item)
                elif isinstance(item, list):
                    below.extend(item)
                elif isinstance(item, str):
                    characters += len(item)
            characters += names
            looks = len(level) + characters // _CHARACTERS_OF_A_LOOK
            check += looks * self._looks.at(depth) + characters * self._matched.at(depth)
            errors += looks * self._errors.at(depth)
            if not below:
                return Cost(check, errors)
            level = below
        return Cost(TOO_MANY, TOO_MANY)


class _Sums:
    """Weights of all the schemas that look at a value, so often as they do.

    Edges in `back` lead to what was looked at before: they count for what a schema costs where it
    stands, and what it looks at below counts once for each container.
    """

    def __init__(self, graph: Graph, weights: list[int], back: frozenset[tuple[int, int]]) -> None:
        self._graph = graph
        self._weights = weights
        self._back = back
        self._targets = {target for _, target in back}
        self._again = 0
        self._rows: list[list[int]] = []
        """By depth: of each schema, of a value so deep below one that it looks at."""
        self._levels: list[int] = []

    def at(self, depth: int) -> int:
        """Of the costliest value `depth` levels down."""
        while len(self._levels) <= depth:
            self._rows.append(self._row(len(self._rows)))
            row = self._rows[-1]
            if self._levels:
                self._again = min(self._again + sum(row[n] for n in self._targets), TOO_MANY)
            self._levels.append(row[0] + self._again)
        return self._levels[depth]

    def _row(self, depth: int) -> list[int]:
        row = [0] * len(self._weights)
        above = self._rows[depth - 1] if depth else row
        for number in self._graph.order:
            node = self._graph.nodes[number]
            total = 0 if depth else self._weights[number]
            total += sum(row[n] for n in self._ahead(number, node.in_place, depth))
            if depth:
                one = self._ahead(number, node.one_of_below, depth - 1)
                each = self._ahead(number, node.each_below, depth - 1)
                total += max((above[n] for n in one), default=0) + sum(above[n] for n in each)
            # To know what is evaluated, all that stands in place is tried once more.
            again = any(word in node.said for word in _TRIED_AGAIN)
            row[number] = min(total * (1 + again), TOO_MANY)
        return row

    def _ahead(self, source: int, targets: list[int], depth: int) -> list[int]:
        if depth == 0 or not self._back:
            return targets
        return [target for target in targets if (source, target) not in self._back]
