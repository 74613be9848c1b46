"""The checker shares no code with the product: it may agree with it only by being right."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
OURS = "tests.crash.independent"
ALLOWED = frozenset({"confluent_kafka", "fastavro", "sqlalchemy", "psycopg2", "rfc8785", "pytest"})


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            yield node.module or ""


def test_the_checker_imports_nothing_of_the_product() -> None:
    files = list(FOLDER.rglob("*.py"))
    assert len(files) > 10
    for file in files:
        for name in imported(file):
            known = name.partition(".")[0] in ALLOWED | sys.stdlib_module_names
            assert known or name == OURS or name.startswith(f"{OURS}."), f"{file} imports {name}"
