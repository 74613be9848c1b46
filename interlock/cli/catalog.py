"""`interlock catalog check|sync|unbind`. Exit codes: 0 fine, 1 a finding, 2 usage."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.differences import visible

if TYPE_CHECKING:
    from interlock.configuration import Configuration
    from processors.snapshot import Snapshot

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The tools there are, and other catalogs."
)


class Kind(StrEnum):
    INTERLOCK = "interlock"
    MCP = "mcp"


Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; else only show it.")]
Actor = Annotated[str, typer.Option(help="In whose name.")]


@app.command()
def check(
    live: Annotated[
        bool, typer.Option("--live", help="What is in force, not what the files say.")
    ] = False,
    json: Json = False,
) -> None:
    """Stale labels, unknown fallbacks, nobody to ask, what is unused or superseded."""
    from interlock.catalog.check import findings
    from interlock.cli.catalog_reports import tell_findings
    from interlock.cli.in_force import from_files, with_configuration

    def look(settings: "Snapshot") -> int:
        return tell_findings(findings(settings), json)

    if live:
        raise typer.Exit(with_configuration(lambda configuration: look(configuration.in_force)))
    raise typer.Exit(from_files(look))


@app.command()
def sync(
    source: Annotated[str, typer.Argument(help="The address of the catalog to read.")],
    kind: Annotated[
        Kind, typer.Option(help="interlock: a plugin host; mcp: an MCP server's endpoint.")
    ] = Kind.INTERLOCK,
    only: Annotated[list[str] | None, typer.Option(help="This tool; may be repeated.")] = None,
    tenant: Annotated[
        list[str] | None, typer.Option(help="Entitle this tenant; may be repeated.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where the tools are called; default: at the source.")
    ] = None,
    milder: Annotated[
        bool, typer.Option("--milder", help="Take labels milder than the entry's too.")
    ] = False,
    labels: Annotated[
        bool, typer.Option("--labels", help="Only the source's labels; entries stay as they are.")
    ] = False,
    json: Json = False,
    yes: Yes = False,
    actor: Actor = "interlock catalog",
) -> None:
    """Show what another catalog would change, and with --yes publish it. Nothing is deleted."""
    from datetime import UTC, datetime

    from interlock.catalog.fetch import source_address
    from interlock.catalog.our_shape import PATH
    from interlock.catalog.sources import read_source
    from interlock.catalog.sync import Choice, plan_sync
    from interlock.cli.catalog_reports import tell_sync
    from interlock.cli.in_force import with_configuration
    from schemas.faults import PassingFault, ProcessFault

    if labels and (milder or tenant or url):
        raise typer.BadParameter("--labels changes no entry: not with --milder, --tenant, --url")
    try:
        address = source_address(source).removesuffix(PATH)
        choice = Choice(
            only=only or (),
            url=None if url is None else source_address(url),
            tenants=tenant or (),
            milder=milder,
            labels_only=labels,
        )
    except ProcessFault as fault:
        raise typer.BadParameter(fault.text) from None

    try:
        found = read_source(kind.value, address)
    except (PassingFault, ProcessFault) as fault:
        typer.echo(f"interlock: {visible(fault.text)}", err=True)
        raise typer.Exit(1) from None

    def run(configuration: "Configuration") -> int:
        plan = plan_sync(configuration.in_force, found, address, datetime.now(UTC), choice)
        if yes:
            configuration.publish(plan.differences, actor=actor)
        return tell_sync(plan, address, configuration.in_force.version, published=yes, json=json)

    raise typer.Exit(with_configuration(run))


@app.command()
def unbind(
    tool: Annotated[str, typer.Argument(help="The entry: a tool, or tool@version.")],
    permission: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    tenant: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    label: Annotated[bool, typer.Option("--label", help="The label of its source.")] = False,
    json: Json = False,
    yes: Yes = False,
    actor: Actor = "interlock catalog",
) -> None:
    """Take a wrong permission, a tenant or a source's label off an entry in force."""
    from interlock.catalog.unbind import Unbinding, plan_unbind
    from interlock.cli.catalog_reports import tell_unbind
    from interlock.cli.in_force import with_configuration

    if not (permission or tenant or label):
        raise typer.BadParameter("one of --permission, --tenant and --label is needed")

    def run(configuration: "Configuration") -> int:
        taken = Unbinding(permission or (), tenant or (), label)
        found = plan_unbind(configuration.in_force, tool, taken)
        by_hand = (entry := configuration.in_force.plugins.get(tool)) and entry.source is None
        if yes:
            configuration.publish(found, actor=actor)
        version = configuration.in_force.version
        return tell_unbind(found, version, by_hand=bool(by_hand), published=yes, json=json)

    raise typer.Exit(with_configuration(run))
