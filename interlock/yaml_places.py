"""Where in a YAML file something stands: for sentences with a line and a column.

Lines and columns count from 1, as editors show them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True, order=True)
class Place:
    line: int
    column: int


def place_of(mark: yaml.Mark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def node_at(root: yaml.Node, path: Sequence[int | str]) -> yaml.Node:
    """The node the path leads to, or the nearest one above that exists."""
    at = root
    for step in path:
        below = _below(at, step)
        if below is None:
            return at
        at = below
    return at


def key_at(root: yaml.Node, path: Sequence[int | str]) -> yaml.Node:
    """The key of the mapping's entry the path leads to: where a field is named."""
    *above, last = path
    parent = node_at(root, above)
    if isinstance(parent, yaml.MappingNode):
        for key, _ in parent.value:
            if key.value == str(last):
                found: yaml.Node = key
                return found
    return parent


def repeated_keys(root: yaml.Node) -> Iterator[yaml.Node]:
    """Keys that a mapping holds twice: YAML's readers take the last and say nothing."""
    nodes, met = [root], set[int]()
    while nodes:
        node = nodes.pop()
        # An alias is the node itself, which may even hold itself.
        if id(node) in met:
            continue
        met.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if str(key.value) in seen:
                    yield key
                seen.add(str(key.value))
                nodes.append(value)
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value


def place_within(source: str, node: yaml.Node, line: int, column: int) -> Place:
    """Where a place of a text's value stands in the file, whichever way the text is written:
    plain, quoted, folded (`>`) or as it is (`|`).

    Folding turns line ends into spaces and takes indentation away, so places are found again by
    counting what is neither.
    """
    value = str(node.value)
    lines = value.split("\n")
    before = "\n".join([*lines[: line - 1], ""]) + lines[min(line, len(lines)) - 1][: column - 1]
    left = sum(not sign.isspace() for sign in before)
    end = node.start_mark.index
    for at, width in _signs(source, node):
        if left == 0:
            return _place(source, at)
        left, end = left - 1, at + width
    return _place(source, end)


def _signs(source: str, node: yaml.Node) -> Iterator[tuple[int, int]]:
    """(index, width) of each sign of the text that is no white space, as it stands in the file."""
    at, end = node.start_mark.index, node.end_mark.index
    style = getattr(node, "style", None)
    if style in ("|", ">"):
        at = source.index("\n", at)
    elif style in ("'", '"'):
        at, end = at + 1, end - 1
    while at < end:
        # Of quoted texts: what stands for one sign.
        pair = style == "'" and source[at : at + 2] == "''"
        width = 2 if pair or (style == '"' and source[at] == "\\") else 1
        if not source[at].isspace():
            yield at, width
        at += width


def _place(source: str, index: int) -> Place:
    before = source[:index]
    return Place(before.count("\n") + 1, index - before.rfind("\n"))


def _below(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        below: yaml.Node = node.value[step]
        return below
    return None
