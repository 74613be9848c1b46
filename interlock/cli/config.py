"""`interlock config plan|apply`. Exit codes: 0 nothing differs, 1 something does, 2 usage."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from joserfc.jwk import OKPKey

    from interlock.config_files import Wanted
    from interlock.config_plan import Difference
    from interlock.settings import Settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Publish configuration to the control topic.",
)

Demo = Annotated[bool, typer.Option("--demo", help="The tenant `demo` and its local approver too.")]
Prune = Annotated[bool, typer.Option("--prune", help="Also delete what is in no file.")]
Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]


@app.command()
def plan(demo: Demo = False, prune: Prune = False, json: Json = False) -> None:
    """Show what differs between the files and what is in force. Exit 1 when something does."""
    raise typer.Exit(_run(demo, prune, json, publish=False))


@app.command()
def apply(
    demo: Demo = False,
    prune: Prune = False,
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else only show it.")] = False,
    actor: Annotated[str, typer.Option(help="In whose name.")] = "interlock config",
    admin_key: Annotated[
        Path | None, typer.Option(help="Private key that signs approvers; default: the local one.")
    ] = None,
) -> None:
    """Publish what differs and wait until it is in force. Nothing differs: nothing is sent."""
    raise typer.Exit(_run(demo, prune, json, publish=yes, actor=actor, admin_key=admin_key))


def _run(
    demo: bool,
    prune: bool,
    json: bool,
    *,
    publish: bool,
    actor: str = "",
    admin_key: Path | None = None,
) -> int:
    from interlock.configuration import Configuration
    from interlock.keys import load_admin_keys
    from interlock.settings import load_settings
    from schemas.faults import PassingFault, ProcessFault, RecordFault

    try:
        settings = load_settings()
        kafka = settings.kafka.client_config()
        wants = _wants(settings, demo)
        trusted = load_admin_keys(settings.admin_keys_file)
    except ProcessFault as fault:
        typer.echo(f"interlock: {fault.text}", err=True)
        return 2
    try:
        with Configuration(kafka, trusted) as configuration:
            found = configuration.plan(wants, prune=prune)
            if publish:
                key = _admin_key(settings, admin_key)
                configuration.publish(found, actor=actor, admin_key=key)
            version = configuration.in_force.version
    except (PassingFault, ProcessFault, RecordFault) as fault:
        typer.echo(f"interlock: {fault.text}", err=True)
        return 1
    return (_tell_json if json else _tell)(found, publish, version)


def _wants(settings: "Settings", demo: bool) -> "list[Wanted]":
    from interlock.config_files import read_config, wanted
    from interlock.keys import ensure_local_keys
    from schemas.names import SettingKind

    wants = read_config(settings.config_dir, demo=demo, tenant_defaults=settings.tenant_defaults())
    if demo:
        approver = ensure_local_keys(settings.state_dir).approver
        wants.append(wanted(SettingKind.APPROVER, str(approver.key.kid), approver.setting))
    return wants


def _admin_key(settings: "Settings", file: Path | None) -> "OKPKey | None":
    from interlock.keys import admin_key_file, load_key

    if file is not None:
        return load_key(file)
    local = admin_key_file(settings.state_dir)
    return load_key(local) if local.exists() else None


def _tell(found: "Sequence[Difference]", published: bool, version: int) -> int:
    from interlock.cli.differences import tell_differences
    from interlock.config_files import DEMO
    from interlock.config_plan import Act
    from schemas.names import SettingKind

    differs = [d for d in found if d.act is not Act.KEEP]
    tell_differences(differs)
    for difference in found:
        if difference.act is Act.KEEP:
            why = "is in no file; --prune deletes it"
            if difference.kind is SettingKind.TENANT and difference.key == DEMO:
                why = "counts only with --demo; --prune deletes it"
            if difference.source is not None:
                why = f"came from {difference.source}; --prune leaves it"
            typer.echo(f"  {difference.kind.value} {difference.key} {why}")
    if not differs:
        typer.echo(f"nothing differs; settings version {version}")
    elif published:
        typer.echo(f"published and in force; settings version {version}")
    else:
        typer.echo("nothing was published: `interlock config apply --yes` does it")
    return 1 if differs and not published else 0


def _tell_json(found: "Sequence[Difference]", published: bool, version: int) -> int:
    import orjson

    from interlock.config_plan import Act

    pending = not published and any(d.act is not Act.KEEP for d in found)
    report = {
        "ok": not pending,
        "published": published,
        "settings_version": version,
        "differences": [
            {"act": d.act, "kind": d.kind, "key": d.key, "fields": d.fields} for d in found
        ],
    }
    typer.echo(orjson.dumps(report).decode())
    return 1 if pending else 0
