"""`interlock policy check|test|explain`. Exit codes: 0 fine, 1 a finding, 2 usage."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from processors.snapshot import Snapshot

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Rules about actions: read, try, explain."
)

Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]
Policies = Annotated[
    Path | None, typer.Option(help="Rules of this file; default: the configuration's.")
]


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="Default: the configuration's.")] = None,
    json: Json = False,
) -> None:
    """Say what is wrong with a file of policies, each finding with its line and column."""
    import orjson

    from interlock.policy_file import FILE, look_at
    from interlock.settings import load_settings

    if file is not None and not file.exists():
        raise typer.BadParameter(f"there is no file {file}")
    file = file or load_settings().config_dir / FILE
    packs, findings = look_at(file)
    rules = sum(len(pack.rules) for pack in packs.values())
    if json:
        found = [{"line": f.place.line, "column": f.place.column, "text": f.text} for f in findings]
        report = {"ok": not findings, "file": str(file), "findings": found, "rules": rules}
        typer.echo(orjson.dumps(report).decode())
    else:
        for finding in findings:
            typer.echo(f"{file}:{finding}")
        if not findings:
            typer.echo(f"{file}: {len(packs)} packs, {rules} rules, nothing is wrong")
    raise typer.Exit(1 if findings else 0)


@app.command("test")
def run_tests(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Rule tests; default: config/risk/tests/*.yaml.")
    ] = None,
    policies: Policies = None,
    json: Json = False,
) -> None:
    """Try rule tests. Exit 1 when one fails."""
    import orjson

    from interlock.policy_examples import read_examples, try_example
    from interlock.settings import load_settings
    from schemas.faults import ProcessFault

    try:
        settings = _settings(policies)
        found = files or sorted((load_settings().config_dir / "risk" / "tests").glob("*.yaml"))
        outcomes = [(f, try_example(e, settings)) for f in found for e in read_examples(f)]
    except ProcessFault as fault:
        raise _unusable(fault) from None
    failed = sum(bool(outcome.wrong) for _, outcome in outcomes)
    if json:
        report = {
            "ok": not failed,
            "tests": [
                {"file": str(f), "name": o.name, "ok": not o.wrong, "wrong": o.wrong}
                for f, o in outcomes
            ],
        }
        typer.echo(orjson.dumps(report).decode())
    else:
        for file, outcome in outcomes:
            typer.echo(f"{'FAIL' if outcome.wrong else 'ok':<5} {file.stem}: {outcome.name}")
            for line in outcome.wrong:
                typer.echo(f"      {line}")
        typer.echo(f"{len(outcomes)} tests, {failed} failed")
    raise typer.Exit(1 if failed else 0)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="An action as JSON; -: standard input.")],
    policies: Policies = None,
    json: Json = False,
) -> None:
    """Which rules are about an action, which match and why, and what policies say of it."""
    import sys

    from pydantic import ValidationError

    from interlock.cli.policy_reports import tell_explained
    from interlock.policy_examples import case_of
    from interlock.policy_given import Given
    from processors.policies import explain as explained
    from schemas.faults import ProcessFault

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        given = Given.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise typer.BadParameter(f"{place}: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from None
    try:
        settings = _settings(policies)
    except ProcessFault as fault:
        raise _unusable(fault) from None
    if not json:
        typer.echo(f"for tenant {given.tenant.id} at {given.now:%A %Y-%m-%d %H:%M %Z}")
    tell_explained(explained(settings.policies.values(), case_of(given, settings)), json)


def _settings(policies: Path | None) -> "Snapshot":
    """What the configuration's files say, with the rules of a file of one's own in their place.

    Raises:
        ProcessFault: `config_unreadable`.
    """
    from interlock.config_files import read_config, wanted
    from interlock.configured import snapshot_of
    from interlock.policy_file import read_policies
    from interlock.settings import load_settings
    from interlock.yaml_files import unreadable
    from schemas.names import SettingKind

    wants = read_config(load_settings().config_dir, demo=True)
    if policies is not None:
        if not policies.exists():
            raise unreadable(policies, "there is no such file")
        wants = [want for want in wants if want.kind is not SettingKind.POLICY]
        packs = read_policies(policies)
        wants += [wanted(SettingKind.POLICY, name, pack) for name, pack in packs.items()]
    return snapshot_of(wants)


def _unusable(fault: "Exception") -> typer.Exit:
    from interlock.cli.differences import visible

    typer.echo(f"interlock: {visible(getattr(fault, 'text', str(fault)))}", err=True)
    return typer.Exit(2)
