"""The host's book against the ledger: a first look, whatever else the checker finds."""

from collections import Counter
from pathlib import Path

import orjson
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.crash.campaign.tenants import OWN_TOOLS

_MOST = 20
_EFFECTS = text(
    "SELECT action_id || '.' || revision, tool, state, failure_code FROM effects"
    " WHERE tool = ANY(:tools)"
)


def violations(folder: Path, database_url: str) -> list[str]:
    """Effects made twice, `failed` that happened, `done` that did not."""
    effects: Counter[str] = Counter()
    with (folder / "calls.jsonl").open("rb") as calls:
        for line in calls:
            call = orjson.loads(line)
            effects[call["key"]] += bool(call["effect"])
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(_EFFECTS, {"tools": list(OWN_TOOLS)}).all()
    engine.dispose()
    known = {str(row[0]) for row in rows}
    found = [f"{key} took effect {count} times" for key, count in effects.items() if count > 1]
    found += [f"{key} was called, and no ledger knows it" for key in effects if key not in known]
    for key, tool, state, code in rows:
        if state == "failed" and effects[key]:
            found.append(f"{key} ({tool}) is told as failed ({code}), and happened")
        if state == "done" and not effects[key]:
            found.append(f"{key} ({tool}) is told as done, and never happened")
        if state == "skipped" and effects[key]:
            found.append(f"{key} ({tool}) is told as skipped, and happened")
    return found[:_MOST]


def endings(database_url: str) -> dict[str, int]:
    """How often each tool ended how, with the failure's code."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT tool, state, failure_code, count(*) FROM effects"
                " GROUP BY tool, state, failure_code ORDER BY tool, state, failure_code"
            )
        ).all()
    engine.dispose()
    return {
        f"{tool} {state}{f' ({code})' if code else ''}": count for tool, state, code, count in rows
    }
