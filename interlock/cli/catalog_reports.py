"""What the commands of `interlock catalog` say; each returns the command's exit code."""

from collections.abc import Sequence
from dataclasses import asdict

import orjson
import typer
from pydantic import JsonValue

from interlock.catalog.check import Finding
from interlock.catalog.sync import SyncPlan
from interlock.cli.differences import tell_differences, visible
from interlock.config_plan import Difference
from schemas.names import SettingKind


def tell_findings(found: Sequence[Finding], json: bool) -> int:
    if json:
        _tell_json({"ok": not found, "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            typer.echo(f"{finding.code:<18} {visible(finding.subject)}: {visible(finding.text)}")
        if not found:
            typer.echo("nothing found")
    return 1 if found else 0


def tell_sync(plan: SyncPlan, source: str, version: int, *, published: bool, json: bool) -> int:
    pending = bool(plan.differences) and not published
    code = 1 if pending or plan.refused else 0
    if json:
        _tell_json(
            {
                "ok": code == 0,
                "published": published,
                "source": source,
                "settings_version": version,
                "differences": _as_json(plan.differences),
                "refused": [asdict(refused) for refused in plan.refused],
                "gone": list(plan.gone),
                "notes": list(plan.notes),
            }
        )
        return code
    tell_differences(plan.differences)
    for note in plan.notes:
        typer.echo(f"  {visible(note)}")
    for refused in plan.refused:
        typer.echo(f"! {visible(refused.tool)} is refused: {visible(refused.why)}")
    for tool in plan.gone:
        typer.echo(f"  {tool} is no longer offered by {source}; it stays")
    _tell_end(bool(plan.differences), published, version)
    return code


def tell_unbind(
    found: Sequence[Difference], version: int, *, by_hand: bool, published: bool, json: bool
) -> int:
    if json:
        _tell_json(
            {
                "ok": published,
                "published": published,
                "settings_version": version,
                "differences": _as_json(found),
            }
        )
    else:
        tell_differences(found)
        if by_hand and any(item.kind is not SettingKind.LABEL for item in found):
            typer.echo("  config/plugins/catalog.yaml says otherwise: change it there too")
        _tell_end(bool(found), published, version)
    return 0 if published else 1


def _tell_end(differs: bool, published: bool, version: int) -> None:
    if not differs:
        typer.echo(f"nothing differs; settings version {version}")
    elif published:
        typer.echo(f"published and in force; settings version {version}")
    else:
        typer.echo("nothing was published: --yes does it")


def _as_json(found: Sequence[Difference]) -> list[JsonValue]:
    return [
        {"act": d.act, "kind": d.kind, "key": d.key, "fields": list(d.fields), "value": d.value}
        for d in found
    ]


def _tell_json(report: object) -> None:
    typer.echo(orjson.dumps(report).decode())
