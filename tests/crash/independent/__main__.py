"""`python -m tests.crash.independent`: exit 0 nothing found, 1 a violation, 2 usage."""

import argparse
import json
from pathlib import Path

from tests.crash.independent.checking import check
from tests.crash.independent.properties import PROPERTIES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.independent")
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--folder", required=True, type=Path, help="what the campaign wrote")
    parser.add_argument("--tenants", help="only these, separated by commas")
    parser.add_argument("--json", type=Path, help="also write the report there")
    parser.add_argument(
        "--least",
        action="append",
        default=[],
        type=_least,
        metavar="NAME=COUNT",
        help="fail unless a property, or property/kind, examined so many; repeatable",
    )
    given = parser.parse_args()
    tenants = given.tenants.split(",") if given.tenants else None
    report = check(given.bootstrap, given.database_url, given.folder, tenants)
    if given.json is not None:
        given.json.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    print(report.as_markdown())
    lacking = report.lacking(dict(given.least))
    for text in lacking:
        print(f"- {text}")
    return 1 if report.violations or lacking else 0


def _least(text: str) -> tuple[str, int]:
    """Raises ValueError, which argparse tells as misuse."""
    name, _, count = text.partition("=")
    if name.partition("/")[0] not in PROPERTIES:
        raise ValueError
    return name, int(count)


if __name__ == "__main__":
    raise SystemExit(main())
