"""The corpus by dialect, as it stands in docs/parsing.md.

python -m tests.corpora.table            prints it; fails if the page says something else
python -m tests.corpora.table --write    writes it there
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from tests.corpora.rows import ROWS, Verdict, judged

PAGE = Path(__file__).parents[2] / "docs" / "parsing.md"
_HEAD = f"| dialect | texts | {' | '.join(Verdict)} |\n|---|---|---|---|---|\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)*")


def table() -> str:
    """Markdown, dialects in the order of the alphabet, all of them last."""
    verdicts = [(row["dialect"], judged(row)) for row in ROWS]
    dialects = sorted({dialect for dialect, _ in verdicts})
    lines = [_line(name, [v for dialect, v in verdicts if dialect == name]) for name in dialects]
    return _HEAD + "".join([*lines, _line("all", [v for _, v in verdicts])])


def page_with(table: str) -> str:
    """The page as it should be.

    Raises:
        ValueError: it has no such table.
    """
    page, places = _TABLE.subn(lambda _: table, PAGE.read_text())
    if places != 1:
        raise ValueError(f"{PAGE.name} has {places} tables of the corpus")
    return page


def _line(name: str, verdicts: list[Verdict]) -> str:
    counted = Counter(verdicts)
    cells = [name, str(len(verdicts)), *(str(counted[verdict] or "") for verdict in Verdict)]
    return f"| {' | '.join(cells)} |\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.corpora.table",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--write", action="store_true")
    is_to_write = parser.parse_args().write
    page = page_with(table())
    print(table(), end="")
    if is_to_write:
        PAGE.write_text(page)
    return 0 if page == PAGE.read_text() else 1


if __name__ == "__main__":
    sys.exit(main())
