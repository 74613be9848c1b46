"""What checking a value against a JSON Schema may cost, known before it is checked.

A schema comes from whoever writes a catalog, the value from a model, and together they can be
made to take for ever: a `$ref` named twice doubles whatever is behind it, and the errors of an
`anyOf` inside itself hold those of all branches of all levels. So it is counted how often a value
so many levels down is looked at, at most. To know whether a value is valid the library looks once
at each pair of a schema that refers back to itself and a container; to collect errors it remembers
nothing.
"""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from processors.schema_graph import Graph, Node, Refused

MOST_AT_ONCE = 500_000
"""Looks at one value and one on each of the next eight levels."""
DEEPEST_VALUE = 64
TOO_MANY = 10**15
_LEVELS_AHEAD = 9
_CHARACTERS_OF_A_LOOK = 16
_TRIED_AGAIN = ("unevaluatedProperties", "unevaluatedItems")
_BRANCHES = ("anyOf", "oneOf", "not", "if", "contains", "dependentSchemas", "dependencies")


class Costs:
    """Of one schema, in looks at a keyword: at most some tens of nanoseconds each.

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

    def to_check(self, value: JsonValue) -> int:
        """To know whether it is valid."""
        return sum(
            looks * self._looks.at(depth) + characters * self._matched.at(depth)
            for depth, (looks, characters) in enumerate(_levels(value))
        )

    def to_explain(self, value: JsonValue) -> int:
        """To collect what is wrong."""
        return sum(
            looks * self._errors.at(depth) for depth, (looks, _) in enumerate(_levels(value))
        )


def _levels(value: JsonValue) -> Iterator[tuple[int, int]]:
    """Of each level its values, long texts counted as several, and its characters."""
    names = 0
    level: list[JsonValue] = [value]
    for _ in range(DEEPEST_VALUE + 1):
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
        yield len(level) + characters // _CHARACTERS_OF_A_LOOK, characters
        if not below:
            return
        level = below
    yield TOO_MANY, 0


class _Sums:
    """Weights of all the schemas that look at a value, so often as they do.

    Edges in `back` lead to what was looked at before: they count for what a schema costs where it
    stands, and what it looks at below counts once for each container.
    """

    def __init__(self, graph: Graph, weights: list[int], back: frozenset[tuple[int, int]]) -> None:
        self._weights = weights
        self._targets = {target for _, target in back}
        self._steps = [_Step(number, graph.nodes[number], back) for number in graph.order]
        self._again = 0
        self._row: list[int] = []
        """Of each schema, of a value as deep below one it looks at as there are levels."""
        self._levels: list[int] = []

    def at(self, depth: int) -> int:
        """Of the costliest value `depth` levels down."""
        while len(self._levels) <= depth:
            self._row = self._next(len(self._levels))
            if self._levels:
                again = sum(self._row[n] for n in self._targets)
                self._again = min(self._again + again, TOO_MANY)
            self._levels.append(self._row[0] + self._again)
        return self._levels[depth]

    def _next(self, depth: int) -> list[int]:
        row = [0] * len(self._weights)
        above = self._row
        if depth and not any(above):
            return row
        for step in self._steps:
            edges = step.ahead if depth else step.all
            total = 0 if depth else self._weights[step.number]
            for n in edges[0]:
                total += row[n]
            if depth:
                _, one, each = step.ahead if depth > 1 else step.all
                total += max((above[n] for n in one), default=0)
                for n in each:
                    total += above[n]
            row[step.number] = min(total * step.factor, TOO_MANY)
        return row


class _Step:
    """A schema and its edges: in place, to one of those below, to each below."""

    __slots__ = ("ahead", "all", "factor", "number")

    def __init__(self, number: int, node: Node, back: frozenset[tuple[int, int]]) -> None:
        self.number = number
        self.all = (node.in_place, node.one_of_below, node.each_below)
        in_place, one, each = ([n for n in to if (number, n) not in back] for to in self.all)
        self.ahead = (in_place, one, each)
        # To know what is evaluated, all that stands in place is tried once more.
        self.factor = 2 if any(word in node.said for word in _TRIED_AGAIN) else 1
