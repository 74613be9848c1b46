"""`interlock draft`: the parsers and checks alone, from standard input to standard output."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from processors.snapshot import Snapshot

app = typer.Typer(add_completion=False)


@app.command()
def draft(
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    catalog: Annotated[
        Path | None,
        typer.Option(help="Tools to check against: a catalog, or a provider's list of tools."),
    ] = None,
    no_catalog: Annotated[
        bool, typer.Option("--no-catalog", help="Read only: any name, any parameters.")
    ] = False,
) -> None:
    """Draft responses of standard input; needs no topic and no database.

    In: {"response_id": …, "output": …}. Out: {"response_id", "actions", "errors"}.
    Without --catalog and --no-catalog: the configuration's catalog, types and templates.
    """
    import sys

    from interlock.draft_lines import draft_lines

    if not jsonl or (catalog is not None and no_catalog):
        wrong = "--catalog and --no-catalog exclude each other" if jsonl else "say --jsonl"
        typer.echo(f"interlock: {wrong}", err=True)
        raise typer.Exit(2)
    settings = None if no_catalog else _settings(catalog)
    write = sys.stdout.buffer.write
    try:
        for line in draft_lines(sys.stdin.buffer, settings):
            write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough.
        sys.stderr.close()


def _settings(catalog: Path | None) -> "Snapshot":
    from interlock.config_files import read_config
    from interlock.configured import snapshot_of
    from interlock.settings import load_settings
    from interlock.tool_list import read_tools

    if catalog is not None:
        return read_tools(catalog)
    return snapshot_of(read_config(load_settings().config_dir, demo=True))
