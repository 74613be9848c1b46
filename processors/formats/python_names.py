"""Names in Python source that stand there as Python gives them.

Python takes letters that look alike for one (`ﬁnd` for `find`, PEP 3131). The model did not write
what would run then.
"""

import ast


def lines_to_compare(source: str) -> list[bytes]:
    """What `is_written` looks into; nothing where no name can differ."""
    return [] if source.isascii() else source.encode().splitlines()


def is_written(item: ast.AST, lines: list[bytes]) -> bool:
    """Whether the source has every name of a call letter by letter. Columns count bytes."""
    for node in ast.walk(item):
        match node:
            case ast.Name(id=name) | ast.keyword(arg=str(name)):
                line, start = lines[node.lineno - 1], node.col_offset
            case ast.Attribute(attr=name, end_lineno=int(number), end_col_offset=int(end)):
                line, start = lines[number - 1], max(end - len(name.encode()), 0)
            case _:
                continue
        if not line.startswith(name.encode(), start):
            return False
    return True
